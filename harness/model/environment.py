"""What ``environment.json`` says: everything about a run that is neither its scenario nor its history."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from harness.model.clock import RunClock
from harness.model.judgement import Subject

PUSH_GATEWAY = "push-gateway"
"""The recorder of the push provider's stand-in."""


class Address(BaseModel):
    """A TCP address on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int

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
    clock: dict[str, int | float]
    """The fields of ``RunClock``. Whole numbers stay whole: as floats, wall-clock nanoseconds would be rounded."""
    recorders: tuple[str, ...]
    """Every recorder that must have a whole shard for the history to be whole."""
    routes: dict[str, Address] = {}
    """What to dial for a place: ``uplink[south]``, ``last_mile[rest]``, ``watchdog→sentinel``; ``status``, ``push``."""
    cores: dict[str, tuple[int, ...]] = {}
    """The cores that ``target`` and ``harness`` were pinned to; empty where the machine cannot."""
    machine: str = ""
    beat_real_s: float = 1.0
    """Real seconds between two beats of a recorder."""
    push_beat_real_s: float | None = None
    """Of the push gateway's, where it beats faster: what it delays the fleet does not measure."""
    wall_limit_s: float
    """Real seconds after which the run ends itself."""

    def beat_real_s_of(self, who: str) -> float:
        """Return the real seconds between two beats of this recorder."""
        if who == PUSH_GATEWAY and self.push_beat_real_s is not None:
            return self.push_beat_real_s
        return self.beat_real_s

    @property
    def run_clock(self) -> RunClock:
        """Return the run's clock."""
        fields = self.clock
        return RunClock(int(fields["epoch_wall_ns"]), int(fields["epoch_mono_ns"]), fields["speed"])
