"""What ``environment.json`` says: everything about a run that is neither its scenario nor its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from deadair.model.alert_path import AlertPath
from deadair.model.clock import RunClock
from deadair.model.judgement import Subject

LOOPBACK = "127.0.0.1"
FLEET = "fleet"
PUSH_GATEWAY = "push-gateway"
"""The recorder of the push provider's stand-in."""
PROXIES = "proxies"
"""The recorder of the echo through a live run's proxies. Virtual time has no proxies, and demands none."""
WITNESSES = (FLEET, PUSH_GATEWAY)
"""The recorders that write down when somebody was alerted."""
OF_TARGET, OF_HARNESS = "target", "harness"
"""Whose cores: those that the target's nodes are kept to, or those of everything else of the run."""
CARRIERS = (*WITNESSES, PROXIES)
"""The recorders beside what carries judged traffic: while it stands still, the service is not what one sees."""


def recorders_of(loads: Iterable[str]) -> tuple[str, ...]:
    """Return every recorder of a run; ``loads``: the ids of its faults that offer load from accounts of their own."""
    return ("runner", *WITNESSES, *(f"load-{fault_id}" for fault_id in loads))


STANDSTILL_REAL_S = 1.0
STANDSTILL_SHARE_OF_LIMIT = 1 / 60


def standstill_real_s(limit_s: float, speed: float) -> float:
    """Return how long a part of the harness may stand still: a real second, a sixtieth of L where that is longer."""
    return max(STANDSTILL_REAL_S, STANDSTILL_SHARE_OF_LIMIT * limit_s / speed)


Beat = Annotated[float, Field(gt=0, le=6000, allow_inf_nan=False)]
"""Real seconds, a real-life minute at the slowest speed at most: what never beats cannot be seen to be gone."""
Nanoseconds = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
"""A whole number stays whole: as a float, the wall clock's nanoseconds would be rounded."""


class Clock(BaseModel):
    """The fields of ``RunClock``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch_wall_ns: Nanoseconds
    epoch_mono_ns: Nanoseconds
    speed: Annotated[int, Field(strict=True, gt=0)] | Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ServerName(BaseModel):
    """How a server is called by whoever reaches it at another address, through a proxy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    """What stands in the Host header, and what its certificate must be for."""
    tls: bool = True
    ca_file: str | None = None
    """The authorities that its certificate is trusted by, in PEM; none: those of this machine."""


class Address(BaseModel):
    """A TCP address on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = LOOPBACK
    port: int
    server: ServerName | None = None
    """Who answers there, if it is to be called by a name of its own."""

    @property
    def called(self) -> str:
        """Return what stands in the Host header of a request to it."""
        return str(self) if self.server is None else self.server.host

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Environment(BaseModel):
    """Written before anything is started; every process of the run reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    run_id: str
    """Unique; every process of the run carries it as ``DEADAIR_RUN`` in its environment."""
    engine: str
    command: str
    """The command that started the run."""
    profile: str | None = None
    defects: tuple[str, ...] = ()
    subject: Subject
    alert_paths: tuple[AlertPath, ...] | None = None
    """Those of the target; none: a run from before they were written down."""
    reading_path: tuple[str, ...] | None = None
    """That of the target: the places that a reading passes; none: a run from before it was written down."""
    unjudged: dict[str, str] = {}
    """The rules that the target cannot be judged by, each with the reason; a run from before has none here."""
    clock: Clock
    """What makes every process's ``run_clock`` the same."""
    recorders: tuple[str, ...]
    """Every recorder that must have a whole shard for the history to be whole."""
    routes: dict[str, Address] = {}
    """What to dial for a place: ``uplink[south]``, ``last_mile[rest]``, ``watchdog→sentinel``; ``status``, ``push``."""
    cores: dict[str, tuple[int, ...]] = {}
    """The cores that ``OF_TARGET`` and ``OF_HARNESS`` were pinned to; empty where the machine cannot."""
    machine: str = ""
    beat_real_s: Beat = 1.0
    """Real seconds between two beats of a recorder."""
    witness_beat_real_s: Beat | None = None
    """Of a carrier, where it beats faster: what it delays while nothing is due on its timetable, nobody else sees."""
    dropped_variables: tuple[str, ...] = ()
    """The caller's variables that no part of the run was given: names, never values."""
    wall_limit_s: float
    """Real seconds after which the run ends itself."""

    def beat_real_s_of(self, who: str) -> float:
        """Return the real seconds between two beats of this recorder."""
        if who in CARRIERS and self.witness_beat_real_s is not None:
            return self.witness_beat_real_s
        return self.beat_real_s

    @property
    def run_clock(self) -> RunClock:
        """Return the run's clock."""
        return RunClock(self.clock.epoch_wall_ns, self.clock.epoch_mono_ns, self.clock.speed)
