"""The live runtime: greenlets, real time, real sockets, and control by files of the run folder. Runs under gevent.

A greenlet that crashes must never go unnoticed: everything runs through ``guarded``, which writes the trouble
down and ends the process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import Semaphore
from gevent.pool import Pool

from deadair.fleet.process.http_route import HttpRoute
from deadair.fleet.process.status_files import LoadStatus, load_go_path, load_status_path, load_stop_path, write_status
from deadair.fleet.runtime import Lag, Orders, RuntimeSignal, RuntimeTurnstile
from deadair.fleet.scheduler import WaitingScheduler
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import Deadline, RunClock
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit

IN_FLIGHT_MAX = 20_000
OVERTIME_REAL_S = 30.0
LOOK_EVERY_REAL_S = 0.5
ENDS_WITHIN_REAL_S = 0.1
"""How often the process looks whether it is to end. A wait for an event of gevent's, with a limit, was seen never to
come back while thousands of other waits ran out, and the process then never ended."""
CONTROL_EVERY_REAL_S = 0.02
CLOCKWORK_LOOKS_EVERY_REAL_S = 0.2


class GeventRuntime:
    """Starts the greenlets of a process, watches them, and ends them."""

    def __init__(self, orders: Orders, recorder: Recorder) -> None:
        self.orders = orders
        self.recorder = recorder
        self.clock = recorder.clock
        self.lag = Lag(self.clock)
        self.stopping: RuntimeSignal = Event()
        self.exit = Exit.PASS
        self._greenlets = Pool(IN_FLIGHT_MAX)

    def route(self, name: str, *, connections: int = 256) -> HttpRoute:
        """Return a route of the environment. Raises HarnessError if it has none of that name."""
        address = self.orders.environment.routes.get(name)
        if address is None:
            raise HarnessError(f"environment.json has no route {name}: the engine has to name what to dial for it")
        return HttpRoute(address, self.clock, connections=connections)

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something beside everything else. Raises HarnessError when far too much is under way."""
        if self._greenlets.full():
            raise HarnessError(f"{IN_FLIGHT_MAX} operations are under way at once: the fleet cannot hold its timetable")
        self._greenlets.spawn(self.guarded, work, *arguments)

    def signal(self) -> RuntimeSignal:
        """Return a new signal, not set."""
        event: RuntimeSignal = Event()
        return event

    def turnstile(self) -> RuntimeTurnstile:
        """Return a new turnstile, which lets nobody pass yet."""
        semaphore: RuntimeTurnstile = Semaphore(0)
        return semaphore

    def scheduler(self, until: RuntimeSignal) -> WaitingScheduler[Any]:
        """Return an agenda that waits until the signal is set."""
        return WaitingScheduler(
            self.clock,
            until,
            Event(),
            breathe=partial(gevent.sleep, 0),
            looks_every_real_s=CLOCKWORK_LOOKS_EVERY_REAL_S,
        )

    def pause(self, real_s: float) -> None:
        """Sleep for so many real seconds; other greenlets go on."""
        gevent.sleep(real_s)

    def load_control(self, fault_id: str) -> ControlFiles:
        """Return the control files of one load."""
        return ControlFiles(self.orders.folder, fault_id, self.clock, self.stopping)

    def guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something here; whatever it raises is written down and ends the process."""
        try:
            work(*arguments)
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001 - a crash of any kind must be noticed
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Write a failure of the harness down and begin to end the process."""
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        if self.exit is Exit.PASS:
            self.exit = Exit.HARNESS
            sentence = f"{self.recorder.who}: {type(error).__name__}: {error}"
            self.recorder.add(Kind.TROUBLE, detail=sentence[:500])
        self.stopping.set()

    def watch(self, look: Callable[[], None]) -> None:
        """Beat and look around until the process is to stop, or has outlived the run."""
        limit_s = self.orders.environment.wall_limit_s + OVERTIME_REAL_S
        rest = Deadline.after(LOOK_EVERY_REAL_S)
        while not self.stopping.is_set():
            # Asleep, and not waiting for the event: see ``ENDS_WITHIN_REAL_S``.
            gevent.sleep(ENDS_WITHIN_REAL_S)
            self.recorder.tick()
            if not rest.passed():
                continue
            rest = Deadline.after(LOOK_EVERY_REAL_S)
            look()
            if self.clock.now_us() > limit_s * self.clock.speed * 1e6:
                self.fail(HarnessError("nobody ended this process, and the run is over its wall limit"))

    def disband(self) -> None:
        """Give what is under way a real second to end, then end it."""
        self.stopping.set()
        self._gone_within(1.0)
        self._greenlets.kill(block=False)
        self._gone_within(0.3)

    def _gone_within(self, real_s: float) -> None:
        """Look until nothing is under way, for so long at the most; waits for no event, see ``ENDS_WITHIN_REAL_S``."""
        limit = Deadline.after(real_s)
        while self._greenlets and not limit.passed():
            gevent.sleep(ENDS_WITHIN_REAL_S)


class ControlFiles:
    """How the runner, another process, lets a load go and stops it; see ``deadair.fleet.process.launch``."""

    def __init__(self, folder: RunFolder, fault_id: str, clock: RunClock, stopping: RuntimeSignal) -> None:
        self._go = load_go_path(folder, fault_id)
        self._stop = load_stop_path(folder, fault_id)
        self._status = load_status_path(folder, fault_id)
        self._clock = clock
        self._stopping = stopping

    def wait_go(self) -> bool:
        """Block until the load may begin; false if the process is to end before that."""
        while not self._go.exists():
            if self._stopping.wait(CONTROL_EVERY_REAL_S):
                break
        return not self._stopping.is_set()

    def wait_over(self, ends_us: int) -> None:
        """Block until that moment, or until the runner says stop or the process is to end."""
        while (wait_s := self._clock.wait_s(ends_us)) > 0 and not self._stop.exists():
            if self._stopping.wait(min(CONTROL_EVERY_REAL_S, wait_s)):
                return

    def tell(self, status: LoadStatus) -> None:
        """Replace the status file. Raises OSError if the disk refuses."""
        write_status(self._status, status)
