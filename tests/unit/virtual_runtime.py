"""A crew in virtual time over a service that is one function, for tests of the fleet's drivers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.fleet_runtime import SimulatedLoadControl, SimulatedScheduler
from deadair.engines.simulated.green_thread_signals import Signal, Turnstile
from deadair.engines.simulated.green_threads import GreenThreads, run
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.fleet.devices.uploader_profile import ProfileName
from deadair.fleet.process.fleet_plan import FleetPlan, LivesPlan
from deadair.fleet.request_outcome import Exchange
from deadair.fleet.runtime import Lag, Orders
from deadair.history.recorder import MemoryRecorder
from deadair.history.rows import Kind
from deadair.model.environment import Environment
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.targets.catalogue import TARGETS
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import PASSWORD

EVERY_US = 300_000_000
NOBODY = Roster((), ())
NO_LIVES = LivesPlan()

Service = Callable[[Request], Answer | None]


class CountingSignal(Signal):
    """Counts how often it was waited for."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        CountingSignal.waits += 1
        return super().wait(timeout)


class FakeRoute:
    """Answers each request as told, after ``took_s``."""

    full = False

    def __init__(self, clock: VirtualClock, service: Service, took_s: float) -> None:
        self._clock = clock
        self._service = service
        self._took_s = took_s
        self.under_way = self.most_under_way = 0

    def prepare(self, request: Request) -> Request:
        return request

    def send(self, prepared: Request) -> Exchange:
        sent_us = self._clock.now_us()
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        self._clock.pause(self._took_s)
        self.under_way -= 1
        answer = self._service(prepared)
        return Exchange(sent_us, self._clock.now_us(), answer, None if answer else "info")

    def exchange(self, request: Request) -> Exchange:
        return self.send(self.prepare(request))


class VirtualRuntime:
    """A crew over green threads and a service that is one function."""

    def __init__(
        self,
        service: Service,
        *,
        roster: Roster = NOBODY,
        target: Target = TARGETS["reference"],
        speed: float = 60.0,
        took_s: float = 0.01,
        device_profile: ProfileName = "usual",
        lives: LivesPlan = NO_LIVES,
    ) -> None:
        loop = VirtualLoop()
        self._threads = GreenThreads(loop)
        self.clock = VirtualClock.of(loop, self._threads, speed=speed, seed=7)
        self.recorder = MemoryRecorder("fleet", self.clock)
        self.lag = Lag(self.clock)
        self.stopping = self.signal()
        self.switch = SimulatedLoadControl(self.clock)
        self.fake_route = FakeRoute(self.clock, service, took_s)
        plan = FleetPlan(
            target=target.name,
            speed=speed,
            seed=7,
            reading_every_us=EVERY_US,
            poll_every_us=EVERY_US,
            limit_us=EVERY_US,
            device_profile=device_profile,
            lives=lives,
            channels=target.channels,
        )
        # A driver knows neither the run folder nor the environment.
        self.orders = Orders(RunFolder(Path("none")), cast(Environment, None), plan, roster, target, PASSWORD)

    def route(self, name: str, *, connections: int = 256) -> FakeRoute:
        return self.fake_route

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        self._threads.spawn(work, *arguments)

    def signal(self) -> CountingSignal:
        return CountingSignal(self._threads)

    def turnstile(self) -> Turnstile:
        return Turnstile(self._threads)

    def scheduler(self, until: Any) -> SimulatedScheduler[Any]:
        return SimulatedScheduler(self.clock, until)

    def pause(self, real_s: float) -> None:
        self.clock.pause(real_s)

    def load_control(self, fault_id: str) -> SimulatedLoadControl:
        return self.switch

    def play(self, scene: Callable[[], object]) -> None:
        """Run a scene to its end; whatever crashed beside it is raised."""
        run(self.clock.loop, scene, threads=self._threads)
        for crash in self.clock.loop.crashes:
            raise crash.error

    def rows(self, kind: Kind) -> list[dict[str, Any]]:
        """Return what was recorded of a kind."""
        return [row for row in self.recorder.table().to_pylist() if row["kind"] == str(kind)]
