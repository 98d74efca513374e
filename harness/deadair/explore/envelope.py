"""An envelope, as frozen values: what a service promises to survive, and so what a drawn night may do to it.

Each field's sentence goes into the JSON schema and docs/exploring.md. What needs the target is judged in
``envelope_problems.py``. This file knows no YAML and draws nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from deadair.model.duration import Duration, Lasting
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.model import AnyRule, ScenarioName, Sentence, Where
from deadair.scenario.people import Does
from deadair.scenario.shares import Share

Speed = Annotated[float, Field(ge=0.01, le=1000, allow_inf_nan=False)]
Amount = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class _Span(_Part):
    """What two ends must be: in order."""

    @model_validator(mode="after")
    def _in_order(self) -> _Span:
        ends = vars(self)
        if ends["least"] > ends["most"]:
            raise ValueError("`least` is more than `most`; swap them")
        return self


class LengthSpan(_Span):
    """A duration from ``least`` to ``most``."""

    least: Lasting
    """The shortest."""
    most: Lasting
    """The longest."""


class CountSpan(_Span):
    """A whole number from ``least`` to ``most``."""

    least: int = Field(ge=0, le=1_000_000)
    """The fewest."""
    most: int = Field(ge=1, le=1_000_000)
    """The most."""


class AmountSpan(_Span):
    """A number from ``least`` to ``most``."""

    least: Amount
    """The least."""
    most: Amount
    """The most."""


class LargeNights(_Part):
    """Some nights are larger than the others."""

    one_in: int = Field(ge=2, le=10_000)
    """One night in so many."""
    devices: CountSpan
    """How many devices such a night has."""


class FollowRange(_Part):
    """What may differ from family to family, and from phone to phone. A night draws some of it."""

    one_in: int = Field(ge=1, le=10_000)
    """One night in so many has families that are not alike."""
    followers_per_device: CountSpan
    """How many phones follow a patient: several of these numbers, each for a share of the patients."""
    no_data_after: tuple[Lasting, ...] = Field(default=(), max_length=20)
    """Several T of these, each for a share of the phones; sometimes off for some."""
    realarm_every: tuple[Lasting, ...] = Field(default=(), max_length=20)
    """Several R of these, each for a share of the phones; sometimes off for some."""
    second_patients: tuple[Share, ...] = Field(default=(), max_length=20)
    """Such a share of the phones follows another patient as well."""
    second_phones: tuple[Share, ...] = Field(default=(), max_length=20)
    """Such a share of the phones has a second one beside it, of the same account."""


class FleetRange(_Part):
    """Who takes part. Of a list, each night draws one."""

    devices: CountSpan
    """How many devices, each of one patient."""
    large: LargeNights | None = None
    """Some nights have more devices than that."""
    followers_per_device: CountSpan
    """How many phones follow each patient."""
    cohorts: CountSpan
    """How many named cohorts the devices are shared out to; a third at the least stay in none."""
    reading_every: tuple[Lasting, ...] = Field(min_length=1, max_length=20)
    """How often a device measures and uploads."""
    poll_every: tuple[Lasting, ...] = Field(min_length=1, max_length=20)
    """How often a phone polls."""
    no_data_after: tuple[Lasting, ...] = Field(min_length=1, max_length=20)
    """T: a phone is blind when the newest reading it has shown is older than this."""
    device_profile: tuple[Literal["usual", "g7"], ...] = Field(default=("usual",), min_length=1)
    """How devices hand in."""
    glucose: tuple[Literal["usual", "low"], ...] = Field(default=("usual",), min_length=1)
    """What devices measure."""
    devices_with: DeviceHabits = DeviceHabits()
    """What some devices do: of each habit that is named, one night in three has that share of devices with it."""
    follows: FollowRange | None = None
    """What may differ from family to family; by default all are alike."""


class PhaseRange(_Part):
    """How long a night is."""

    warm_up: Lasting
    """Before the storm; of every night."""
    storm: LengthSpan
    """The faults are in it."""
    recovery: Lasting
    """After it, with everything healed; of every night."""


class FaultRange(_Part):
    """One kind of fault: where it may strike, how long it may last, how hard it may be."""

    kind: str
    """One of the kinds that `deadair list faults` shows."""
    where: tuple[Where, ...] = Field(min_length=1, max_length=50)
    """The places. An outer link, and the push provider, stand for all of it and for each cohort's share of it."""
    lasts: LengthSpan
    """How long it may last."""
    knobs: dict[str, tuple[JsonValue, ...]] = {}
    """What each knob of it may be: a list of which one is drawn. A knob that is not named keeps its default."""


class PeopleRange(_Part):
    """What followers may do with their phones in a night."""

    in_a_night: CountSpan
    """How many such events a night has."""
    does: tuple[Does, ...] = Field(min_length=1, max_length=20)
    """What they may do. Of the list, each event draws one."""
    snoozes: LengthSpan
    """How long a snooze may last."""


class PathRange(_Part):
    """What an alert path cannot do without."""

    path: str
    """One of the alert paths of the target."""
    needs: tuple[Where, ...] = Field(min_length=1, max_length=50)
    """Its places: while a fault strikes one of them, the path is down."""


class DownTogether(_Part):
    """Alert paths that may be down at one time."""

    paths: tuple[str, ...] = Field(min_length=2, max_length=20)
    """Which."""
    longest: Lasting
    """For how long at the most."""


class LateWork(_Part):
    """How much old work may come at once."""

    capacity: str
    """One of the capacities of `capacity_per_device`: so many readings it takes a second."""
    longest: Lasting
    """All old readings that a night's faults offer are no more than it takes in so long."""


class FaultLimits(_Part):
    """What may break."""

    in_a_night: CountSpan
    """How many faults a night has."""
    at_once: int = Field(ge=1, le=20)
    """So many faults may be there at one time."""
    settles: Duration
    """How long after its end a fault still counts as being there: what it struck has to find its feet again."""
    kinds: tuple[FaultRange, ...] = Field(min_length=1, max_length=50)
    """What may break, where, and for how long."""
    late_work: LateWork | None = None
    """How many old readings may be offered in a night: what has to be worked off must be so in time."""
    alert_paths: tuple[PathRange, ...] = ()
    """What each alert path cannot do without. At any time one path may be down, and those of `down_together`."""
    down_together: tuple[DownTogether, ...] = ()
    """Which alert paths may be down at one time, and how long."""


class Envelope(_Part):
    """What a service promises to survive. Every night that is drawn lies inside it."""

    name: ScenarioName
    """What it is called."""
    why: Sentence
    """Whose promise it is, in a sentence or two."""
    target: str
    """Which service is tested: one of the targets that `deadair list` shows."""
    speed: Speed
    """Real-life seconds for each real second, for whoever runs a night live; time-outs never go below a real second."""
    capacity_per_device: dict[str, AmountSpan] = {}
    """Provisioned capacity by name, per device and real-life second. Some nights leave each of them unlimited."""
    fleet: FleetRange
    """Who takes part."""
    phases: PhaseRange
    """How long a night is."""
    faults: FaultLimits
    """What may break."""
    people: PeopleRange | None = None
    """What followers may do."""
    checks: tuple[AnyRule, ...] = Field(min_length=1, max_length=100)
    """What must hold, as in a scenario."""
