"""What the charts show, as plain values: phases, silences, lanes. All moments are seconds since the storm began.

Knows no file and no chart. ``deadair.reporting.run_reader`` fills it from a run folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deadair.model.phone_trace import PhoneTrace


class SilenceOutcome(StrEnum):
    """How one silence went, as the rules see it."""

    ALERTED = "alerted"
    LATE = "late"
    NEVER = "never"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the run."""

    name: str
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class AlertStory:
    """The first alert of a silence: the moment at which the phone began to present it, and its alert path."""

    at_s: float
    path: str


@dataclass(frozen=True, slots=True)
class SilenceStory:
    """A stretch in which one phone was blind. ``until_s`` is the run's end if it was blind until then."""

    phone: int
    patient: int
    cohort: str
    onset_s: float
    until_s: float
    limit_s: float
    """The moment by which an alert had to come."""
    outcome: SilenceOutcome
    alert: AlertStory | None = None
    """The first one by an alert path that the rule accepts; none: there was none."""
    suspected: bool = False
    """In doubt, so it was not judged, whatever it looks like."""

    @property
    def time_to_alert_s(self) -> float | None:
        """Return how long after the onset the alert came; an alarm that still rang from before counts as at once."""
        return None if self.alert is None else max(0.0, self.alert.at_s - self.onset_s)

    @property
    def overdue_s(self) -> float:
        """Return how long past its limit the phone stayed blind without an alert."""
        ends_s = self.until_s if self.alert is None else min(self.until_s, self.alert.at_s)
        return max(0.0, ends_s - self.limit_s)


@dataclass(frozen=True, slots=True)
class ScreenChange:
    """A change of a phone's screen: ``style`` is current, old or blank."""

    at_s: float
    style: str
    measured_s: float | None


@dataclass(frozen=True, slots=True)
class PushCame:
    """A push that reached the phone, and what its app did with it."""

    at_s: float
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alarm or notice that a phone presented, from its beginning until it was cleared."""

    from_s: float
    until_s: float
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Everything that one phone and its patient's device did around one silence."""

    silence: SilenceStory
    from_s: float
    until_s: float
    measured_s: tuple[float, ...]
    shown: tuple[ScreenChange, ...]
    pushes: tuple[PushCame, ...]
    ringing: tuple[Ringing, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one run's charts are drawn from. ``gaps``: what could not be read, a sentence each."""

    from_s: float = 0.0
    until_s: float = 0.0
    limit_s: float | None = None
    """L: how soon after the onset of a silence an alert must come; none: the scenario does not ask."""
    why: str = ""
    """The scenario's own purpose."""
    phones: int = 0
    phases: tuple[Phase, ...] = ()
    cohorts: tuple[str, ...] = ()
    alert_paths: tuple[str, ...] = ()
    """Those of the target, in its order."""
    silences: tuple[SilenceStory, ...] = ()
    lanes: tuple[Lane, ...] = ()
    gaps: tuple[str, ...] = ()
    trace: PhoneTrace | None = None
    """What happened to the phone that the run followed, if it followed one."""
    dropped_variables: tuple[str, ...] = ()
    """The variables of the caller's shell that the run was not given."""
