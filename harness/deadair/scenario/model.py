"""A scenario, as frozen values: who takes part, what breaks when and where, what must hold.

Each field's sentence goes into the JSON schema and docs/scenarios.md. What needs two fields at once, or the
target, is judged in ``validation.py``. This file knows no YAML.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from deadair.documents.strict import UNCLEAR
from deadair.faults.catalogue import FAULTS
from deadair.faults.fault import Fault
from deadair.model.duration import Duration, Lasting
from deadair.model.excerpt import excerpt
from deadair.model.mixture import share_of_all
from deadair.model.place import Place
from deadair.rules.catalogue import BY_DEFAULT, RULES
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.recovers import Recovers
from deadair.rules.rule import Rule
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.people import PersonEvent
from deadair.scenario.shares import Delays, FollowerCounts, Share
from deadair.scenario.wall_clock import UTC, Begins, TimeZone

NAME = r"^[a-z0-9][a-z0-9-]{0,59}$"
COHORT = r"^[a-z][a-z0-9_-]{0,29}$"
RESERVED = frozenset({"latest", "sample"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _place(text: object) -> Place:
    """Read a place. Raises ValueError for anything that has not that form."""
    if isinstance(text, Place):
        return text
    if not isinstance(text, str):
        raise ValueError(f"{excerpt(text)} is not a place: write gateway, notifier→push or uplink[south]")
    return Place.parse(text)


def _folder_name(name: str) -> str:
    if name in RESERVED or name in UNCLEAR:
        raise ValueError(f"{name!r} cannot name a scenario: the reports folder or YAML means something else by it")
    return name


def _cohort_name(name: str) -> str:
    if name in UNCLEAR:
        raise ValueError(f"YAML reads {name!r} as a truth value; choose another name")
    if name == "rest":
        raise ValueError("'rest' is the name of the devices in no cohort; choose another name")
    return name


Where = Annotated[
    Place,
    BeforeValidator(_place),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["gateway", "notifier→push", "uplink[south]"]}),
]
ScenarioName = Annotated[str, StringConstraints(pattern=NAME), AfterValidator(_folder_name)]
CohortName = Annotated[str, StringConstraints(pattern=COHORT), AfterValidator(_cohort_name)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

if TYPE_CHECKING:
    AnyFault = Fault
    AnyRule = Rule
else:
    AnyFault = Annotated[Union[FAULTS], Field(discriminator="kind")]  # noqa: UP007 - made from the one list
    AnyRule = Annotated[Union[RULES], Field(discriminator="kind")]  # noqa: UP007


ANY = "any"
"""What stands for a target's name in a scenario that is for all of them."""


class TargetSpec(_Part):
    """Which service is tested, and how much capacity it is given."""

    name: str
    """One of the targets that `deadair list` shows. `any`: whichever `--target` names; then `where` may name what a
    place is for."""
    capacity: dict[str, Positive] = {}
    """Provisioned capacity by name, per real-life second; what is not named is unlimited."""
    session_lasts: Lasting | None = None
    """How long a session holds after its log-in, for a target that can be told; without it, as the service has it."""


class FleetSpec(_Part):
    """Who takes part."""

    devices: int = Field(ge=1, le=1_000_000)
    """How many devices; each belongs to one patient."""
    followers_per_device: FollowerCounts
    """How many phones follow each patient: as many for all, or each number with its share of the patients."""
    reading_every: Lasting
    """How often a device measures and uploads."""
    poll_every: Lasting
    """How often a phone polls, in the background, day and night."""
    no_data_after: Delays
    """T: a phone is blind when the newest reading it has shown is older than this. One for all phones, or each with its
    share of them; `off`: these want no alarm, and are not judged."""
    realarm_every: Delays | None = None
    """R: how often a phone that stays blind is told again, as its follow says. One for all phones, or each with its
    share of them; `off`: these say none, and are not judged by it. By default none says any, and the rules' own holds.
    """
    second_patients: Share | None = None
    """So many of the phones follow another patient as well: two follows on one phone, of one account and one token."""
    second_phones: dict[CohortName, Share] = Field(default={}, max_length=100)
    """So many of the phones have a second one beside them, of the same account, which follows the same patient. The
    second ones are a cohort of their own at `downlink`, `last_mile` and `push`, and have no devices."""
    device_profile: Literal["usual", "g7"] = "usual"
    """How devices hand in; `g7`: after any failure nothing for 15 minutes, then all, as the G7's uploader for Share."""
    glucose: Literal["usual", "low"] = "usual"
    """What devices measure; `low`: everybody is urgently low (40 to 55 mg/dL) all the time."""
    devices_with: DeviceHabits = DeviceHabits()
    """What some devices do, each a share of all devices that is drawn from the seed; a device may do several."""
    cohorts: dict[CohortName, Share] = Field(default={}, max_length=1000)
    """Named shares of the devices; a device's followers share its cohort. Whoever is in none is in `rest`."""

    @property
    def requests_per_s(self) -> float:
        """Return what its own devices and phones send, per real-life second."""
        return self.devices / self.reading_every.total_seconds() + self.phones / self.poll_every.total_seconds()

    @property
    def phones(self) -> int:
        """Return how many follows there are: on each phone one of each patient whom it follows."""
        return self.first_phones + share_of_all(self.second_patients, self.first_phones) + sum(self.beside.values())

    @property
    def first_phones(self) -> int:
        """Return how many phones follow a patient, without those that are there beside them."""
        return sum(each * patients for each, patients in self.followers_per_device.members(self.devices).items())

    @property
    def beside(self) -> dict[str, int]:
        """Return how many second phones each of their cohorts has."""
        return {name: share_of_all(share, self.first_phones) for name, share in self.second_phones.items()}

    @property
    def judged_phones(self) -> int:
        """Return how many of them are judged: those that want to be told when readings stop."""
        return sum(count for delay, count in self.no_data_after.members(self.phones).items() if delay)

    @property
    def shortest_delay(self) -> timedelta:
        """Return the T of whoever goes blind first."""
        return min(delay for delay in self.no_data_after.values if delay)

    @property
    def longest_delay(self) -> timedelta:
        """Return the T of whoever goes blind last."""
        return max(self.no_data_after.values)


class Phases(_Part):
    """How long each phase lasts, in real-life time."""

    warm_up: Lasting
    """Before the storm. The storm waits for a steady state, at most twice as long as this."""
    storm: Lasting
    """The timeline runs in it."""
    recovery: Lasting
    """After the storm, with everything healed."""


class Promises(_Part):
    """What a run must have seen for its pass to count."""

    silences: int | None = Field(default=None, ge=0, le=100_000_000)
    """At least so many silences must have been judged; by default 1, or 0 if all faults are meant to disturb nobody."""
    alert_paths: tuple[str, ...] = ()
    """Each of these alert paths must have alerted somebody in time; `deadair list` shows those of a target."""


class Entry(_Part):
    """One line of the timeline."""

    at: Duration
    """When it begins, counted from the start of the storm."""
    lasts: Lasting
    """How long it lasts; it must end within the storm."""
    where: Where
    """The node or link it strikes, or `push`; an outer link may be narrowed to one cohort. A role of the target
    stands for those of its places that the fault can strike: `storing`, `alerting`, `push`."""
    fault: AnyFault
    """What goes wrong."""
    meant: Literal["to_silence", "to_disturb_nobody", "either"] | None = None
    """What it must do for a pass to count: `to_silence` somebody, as a partition, a kill or a pause by default, or
    `to_disturb_nobody`, as a node that restarts while all is well: then it needs no silence. `either`: neither is asked
    for, as in a night that was drawn."""

    @property
    def must_silence(self) -> bool:
        """Say whether it must be there during a silence, or it tested nobody."""
        return self.fault.silences if self.meant is None else self.meant == "to_silence"

    @property
    def disturbs_nobody(self) -> bool:
        """Say whether it is there to show that nobody notices."""
        return self.meant == "to_disturb_nobody"


def _by_default(said: dict[str, Any]) -> tuple[Rule, ...]:
    """Return the rules of a scenario that names none. Its recovery may be shorter than is usually waited for."""
    phases = said.get("phases")
    longest = phases.recovery if isinstance(phases, Phases) else Recovers().within
    return tuple(
        rule.model_copy(update={"within": min(rule.within, longest)}) if isinstance(rule, Recovers) else rule
        for rule in BY_DEFAULT
    )


class Scenario(_Part):
    """All of it. The fault of ``timeline[i]`` has the id ``f<i+1>`` everywhere."""

    name: ScenarioName
    """Names the run's folder: small letters, digits and hyphens."""
    why: Sentence
    """What this scenario is for, in a sentence or two."""
    target: TargetSpec
    """Which service is tested."""
    seed: int = Field(ge=0, lt=2**63)
    """Every random number of the run comes from it."""
    speed: float = Field(ge=0.01, le=1000, allow_inf_nan=False)
    """Real-life seconds for each real second: at 60 an hour takes a minute. The least is 0.01, at which an
    hour takes four days: nobody waits for a slower run, and its moments would not fit into their columns."""
    begins: Begins | None = None
    """What the clock on the wall shows when the run begins, in virtual time only. It then goes by real seconds: as in
    real life at speed 1. By default 30 November 2019, 00:00 UTC."""
    time_zone: TimeZone = UTC
    """The local time of the service's nodes, in virtual time only, such as `America/New_York`. What devices stamp and
    what is recorded is UTC."""
    fleet: FleetSpec
    """Who takes part."""
    phases: Phases
    """How long each phase lasts."""
    promises: Promises = Promises()
    """What a run must have seen for its pass to count."""
    timeline: tuple[Entry, ...] = Field(max_length=200)
    """What breaks, when and where."""
    people: tuple[PersonEvent, ...] = Field(default=(), max_length=200)
    """What followers do with their phones during the storm, each event on a line."""
    checks: tuple[AnyRule, ...] = Field(default_factory=_by_default, min_length=1, max_length=100)
    """What must hold, one rule each. By default all rules with their own knobs; those without a case are not judged."""

    @property
    def disturbs_nobody(self) -> bool:
        """Say whether there are faults, and all of them are there to show that nobody notices."""
        return bool(self.timeline) and all(entry.disturbs_nobody for entry in self.timeline)

    @property
    def silences_promised(self) -> int:
        """Return how many silences must have been judged."""
        promised = self.promises.silences
        return int(not self.disturbs_nobody) if promised is None else promised

    def faults(self) -> tuple[tuple[str, Entry], ...]:
        """Return the timeline with each entry's fault id."""
        return tuple((f"f{number}", entry) for number, entry in enumerate(self.timeline, start=1))

    def events(self) -> tuple[tuple[str, PersonEvent], ...]:
        """Return what people do, each with its id: that of ``people[i]`` is ``p<i+1>``."""
        return tuple((f"p{number}", event) for number, event in enumerate(self.people, start=1))

    @property
    def deadline(self) -> NoDataDeadline:
        """Return the rule whose L and alert paths silences are counted by: that of the checks, or the default."""
        rules = (rule for rule in self.checks if isinstance(rule, NoDataDeadline))
        return next(rules, NoDataDeadline())
