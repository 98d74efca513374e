"""What the greenlets of one process share: plan, clock, recorder, target, and how they end. Runs under gevent.

A greenlet that crashes must never go unnoticed: everything runs through ``guarded``, which writes the trouble
down and ends the process.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

import gevent
from gevent.event import Event
from gevent.pool import Pool

from harness.fleet.exchange import Exchange, Route
from harness.fleet.launch import PASSWORD_VARIABLE
from harness.fleet.plan import FleetPlan, read_plan
from harness.fleet.timetable import Agenda, Item
from harness.history.recorder import Recorder
from harness.history.rows import Kind
from harness.model.clock import RunClock
from harness.model.environment import Environment
from harness.model.errors import HarnessError
from harness.model.roster import Roster
from harness.model.run_folder import RunFolder
from harness.model.verdict import Exit
from harness.targets.base import Target

IN_FLIGHT_MAX = 20_000
LAG_WINDOW_REAL_S = 5.0
OVERTIME_REAL_S = 30.0
LOOK_EVERY_REAL_S = 0.5


@dataclass(frozen=True, slots=True)
class Orders:
    """What the run folder and the environment tell a process of the fleet. Read once."""

    folder: RunFolder
    environment: Environment
    plan: FleetPlan
    roster: Roster
    target: Target
    password: str

    @classmethod
    def read(cls, folder: RunFolder, targets: Mapping[str, Target]) -> Orders:
        """Read everything. Raises HarnessError, saying which file is not as it must be."""
        plan = read_plan(folder)
        if plan.target not in targets:
            raise HarnessError(f"the plan names the target {plan.target!r}: there are {', '.join(sorted(targets))}")
        try:
            environment = Environment.model_validate_json(folder.environment.read_text())
            roster = Roster.from_json(folder.roster.read_text())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HarnessError(f"roster or environment in {folder.root} cannot be read: {error}") from error
        password = os.environ.get(PASSWORD_VARIABLE)
        if not password:
            raise HarnessError(f"{PASSWORD_VARIABLE} is not set: the engine passes the accounts' password in it")
        return cls(folder, environment, plan, roster, targets[plan.target], password)


@dataclass(slots=True)
class Lag:
    """How late operations began, in real milliseconds, over the last seconds."""

    clock: RunClock
    _late: deque[tuple[int, float]] = field(default_factory=deque)

    def note(self, intended_us: int, done: Exchange) -> None:
        """Take in one operation."""
        self._late.append((done.sent_us, (done.sent_us - intended_us) / self.clock.speed / 1000))

    def p99_ms(self) -> float:
        """Return the 99th percentile, 0 if nothing was to be done."""
        oldest_us = self.clock.now_us() - LAG_WINDOW_REAL_S * self.clock.speed * 1e6
        while self._late and self._late[0][0] < oldest_us:
            self._late.popleft()
        late = sorted(late_ms for _, late_ms in self._late)
        return round(late[int(len(late) * 0.99)], 2) if late else 0.0


class Crew:
    """Starts the greenlets of a process, watches them, and ends them."""

    def __init__(self, orders: Orders, recorder: Recorder) -> None:
        self.orders = orders
        self.recorder = recorder
        self.clock = recorder.clock
        self.lag = Lag(self.clock)
        self.stopping = Event()
        self.exit = Exit.PASS
        self._greenlets = Pool(IN_FLIGHT_MAX)

    def route(self, name: str, *, connections: int = 256) -> Route:
        """Return a route of the environment. Raises HarnessError if it has none of that name."""
        address = self.orders.environment.routes.get(name)
        if address is None:
            raise HarnessError(f"environment.json has no route {name}: the engine has to name what to dial for it")
        return Route(address, self.clock, connections=connections)

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something beside everything else. Raises HarnessError when far too much is under way."""
        if self._greenlets.full():
            raise HarnessError(f"{IN_FLIGHT_MAX} operations are under way at once: the fleet cannot hold its timetable")
        self._greenlets.spawn(self.guarded, work, *arguments)

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
        while not self.stopping.wait(LOOK_EVERY_REAL_S):
            self.recorder.tick()
            look()
            if self.clock.now_us() > limit_s * self.clock.speed * 1e6:
                self.fail(HarnessError("nobody ended this process, and the run is over its wall limit"))

    def disband(self) -> None:
        """Give what is under way a real second to end, then end it."""
        self.stopping.set()
        self._greenlets.join(timeout=1.0)
        self._greenlets.kill(timeout=0.3)


class Clockwork(Generic[Item]):
    """An agenda that waits: hands each item out when it is due."""

    def __init__(self, clock: RunClock, stopping: Event) -> None:
        self._clock = clock
        self._stopping = stopping
        self._agenda = Agenda[Item]()
        self._sooner = Event()

    def add(self, at_us: int, item: Item) -> None:
        """Put an item down; it may be sooner than what is being waited for."""
        self._agenda.add(at_us, item)
        if self._agenda.next_us == at_us:
            self._sooner.set()

    def due(self) -> Iterator[tuple[int, Item]]:
        """Yield the items, each with the moment it was meant for, until ``stopping``."""
        while not self._stopping.is_set():
            taken = self._agenda.take(self._clock.now_us())
            if taken is not None:
                yield taken
                gevent.sleep(0)
                continue
            self._sooner.clear()
            next_us = self._agenda.next_us
            self._sooner.wait(0.2 if next_us is None else min(0.2, self._clock.wait_s(next_us)))
