"""A scenario, as frozen values: who takes part, what breaks when and where, what must hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, SerializeAsAny

from harness.checkers.catalogue import RULES
from harness.checkers.rule import Rule
from harness.faults.catalogue import FAULTS
from harness.faults.fault import Fault
from harness.model.duration import Duration
from harness.model.place import Place


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _share(text: object) -> float:
    """Read ``25%``. Raises ValueError for anything else."""
    if isinstance(text, str) and text.endswith("%"):
        try:
            share = float(text[:-1]) / 100
        except ValueError:
            share = -1.0
        if 0 < share <= 1:
            return share
    raise ValueError(f"{str(text)[:40]!r} is not a share: write a percentage, such as 25%")


Share = Annotated[float, BeforeValidator(_share), PlainSerializer(lambda share: f"{share * 100:g}%")]
Where = Annotated[
    Place, BeforeValidator(lambda text: Place.parse(str(text))), PlainSerializer(lambda place: str(place))
]


class TargetSpec(_Part):
    """Which service is tested, and how much capacity it is given (per real-life second)."""

    name: str
    capacity: dict[str, float] = {}


class FleetSpec(_Part):
    """Who takes part. ``cohorts``: shares of the devices; a device's followers share its cohort."""

    devices: int = Field(ge=1, le=1_000_000)
    followers_per_device: int = Field(ge=1, le=10)
    reading_every: Duration
    poll_every: Duration
    no_data_after: Duration
    cohorts: dict[str, Share] = {}


class Phases(_Part):
    """How long each phase lasts, in real-life time."""

    warm_up: Duration
    storm: Duration
    recovery: Duration


class Promises(_Part):
    """What a run must have seen for its pass to count."""

    silences: int = Field(default=1, ge=0)
    told_by: tuple[Literal["service_push", "sentinel_push", "phone_timer"], ...] = ()


class Entry(_Part):
    """One line of the timeline; ``at`` counts from the start of the storm."""

    at: Duration
    lasts: Duration
    where: Where
    fault: SerializeAsAny[Fault]


class Scenario(_Part):
    """All of it. The fault of ``timeline[i]`` has the id ``f<i+1>`` everywhere."""

    name: str
    why: str
    target: TargetSpec
    seed: int
    speed: float
    fleet: FleetSpec
    phases: Phases
    promises: Promises = Promises()
    timeline: tuple[Entry, ...]
    checks: tuple[SerializeAsAny[Rule], ...]

    def faults(self) -> tuple[tuple[str, Entry], ...]:
        """Return the timeline with each entry's fault id."""
        return tuple((f"f{number}", entry) for number, entry in enumerate(self.timeline, start=1))
