"""What the drivers of one process share, and all they know of the world they run in: plan, recorder, clock, waits.

Drivers are blocking code. Whether real time and sockets are behind these words or virtual ones is the runtime's affair
(live: ``deadair.fleet.process.gevent_runtime``), so the same lines run in both. A driver reads no clock but
``runtime.clock``.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from deadair.fleet.agenda import Item
from deadair.fleet.process.fleet_plan import FleetPlan, read_plan
from deadair.fleet.process.launch import PASSWORD_VARIABLE
from deadair.fleet.process.status_files import LoadStatus
from deadair.fleet.request_outcome import Exchange
from deadair.history.recorder import Recorder
from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.targets.registry import target_of
from deadair.targets.request import Request
from deadair.targets.target import Target

LAG_WINDOW_REAL_S = 5.0


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
    def read(cls, folder: RunFolder, targets: Mapping[str, Target] | None = None) -> Orders:
        """Read everything. Raises DeadAirError, saying which file is not as it must be.

        ``targets``: by default those that there are, with the one whose folder the plan names.
        """
        plan = read_plan(folder)
        target = target_of(plan.target, plan.target_folder) if targets is None else _listed(plan.target, targets)
        if target.sha256 != plan.target_sha256:
            raise HarnessError(f"{target.folder} has changed since the run began: leave it alone while a run lasts")
        try:
            environment = Environment.model_validate_json(folder.environment.read_text("utf-8"))
            roster = Roster.from_json(folder.roster.read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HarnessError(f"roster or environment in {folder.root} cannot be read: {error}") from error
        password = os.environ.get(PASSWORD_VARIABLE)
        if not password:
            raise HarnessError(f"{PASSWORD_VARIABLE} is not set: the engine passes the accounts' password in it")
        return cls(folder, environment, plan, roster, target, password)


def _listed(name: str, targets: Mapping[str, Target]) -> Target:
    if name not in targets:
        raise HarnessError(f"the plan names the target {name!r}: there are {', '.join(sorted(targets))}")
    return targets[name]


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


class RuntimeSignal(Protocol):
    """A flag that can be waited for. Once set it stays set."""

    def is_set(self) -> bool:
        """Say whether it is set."""
        ...

    def set(self) -> None:
        """Set it, and wake all who wait."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set, for ``timeout`` real seconds at the most; return whether it is."""
        ...


class RuntimeTurnstile(Protocol):
    """A counter of those who may pass, first come, first served."""

    def acquire(self) -> bool:
        """Block until one may pass, and pass; always true."""
        ...

    def release(self) -> None:
        """Let one more pass."""
        ...


class Route(Protocol):
    """A way into the target, with a number of connections of its own."""

    @property
    def full(self) -> bool:
        """Whether every connection is in use."""
        ...

    def prepare(self, request: Request) -> Any:
        """Return a request as ``send`` takes it, for requests that are sent often."""
        ...

    def send(self, prepared: Any) -> Exchange:
        """Send what was prepared, as ``exchange`` does."""
        ...

    def exchange(self, request: Request) -> Exchange:
        """Send a request and wait for its answer, within the limit. Never raises for what the other side does."""
        ...


class Scheduler(Protocol[Item]):
    """An agenda that waits: hands each item out when it is due."""

    def add(self, at_us: int, item: Item) -> None:
        """Put an item down for a moment of the run's axis; it may be sooner than what is being waited for."""
        ...

    def due(self) -> Iterator[tuple[int, Item]]:
        """Yield the items, each with the moment it was meant for, until the scheduler's signal is set."""
        ...


class LoadControl(Protocol):
    """How one load is let go and told to stop, and where it tells how far it is."""

    def wait_go(self) -> bool:
        """Block until the load may begin; false if the process is to end before that."""
        ...

    def wait_over(self, ends_us: int) -> None:
        """Block until that moment, or until the runner says stop or the process is to end."""
        ...

    def tell(self, status: LoadStatus) -> None:
        """Take in how far the load is."""
        ...


class Runtime(Protocol):
    """The world of one process. Whatever a driver raises is written down and ends the process."""

    @property
    def orders(self) -> Orders:
        """What the process was told."""
        ...

    @property
    def recorder(self) -> Recorder:
        """Where its rows go."""
        ...

    @property
    def clock(self) -> RunClock:
        """The run's clock."""
        ...

    @property
    def lag(self) -> Lag:
        """How late its operations begin."""
        ...

    @property
    def stopping(self) -> RuntimeSignal:
        """Set when the process is to end."""
        ...

    def route(self, name: str, *, connections: int = 256) -> Route:
        """Return a route of the environment. Raises HarnessError if it has none of that name."""
        ...

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something beside everything else."""
        ...

    def signal(self) -> RuntimeSignal:
        """Return a new signal, not set."""
        ...

    def turnstile(self) -> RuntimeTurnstile:
        """Return a new turnstile, which lets nobody pass yet."""
        ...

    def scheduler(self, until: RuntimeSignal) -> Scheduler[Any]:
        """Return a new scheduler that ends when the signal is set."""
        ...

    def pause(self, real_s: float) -> None:
        """Block for so many real seconds."""
        ...

    def load_control(self, fault_id: str) -> LoadControl:
        """Return what lets one load go. Raises HarnessError if there is none for that fault."""
        ...
