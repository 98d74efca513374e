"""What ``verdict.json`` says (format 2). Times are real-life seconds.

A format's fields may be added to, never renamed. Format 1 is still read: ``deadair.judging.format_1``.

Moments (``*_at_s``) count from the start of the storm, so that they read as the scenario's timeline does.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from deadair.model.verdict import Verdict, worst


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class Example(_Value):
    """One case that a finding points at, with what is needed to find it in the history."""

    what: str
    phone: int | None = None
    patient: int | None = None
    cohort: str | None = None
    at_s: float | None = None
    """The case's moment: the onset of a silence, the presenting of an alarm, the change of a screen."""
    late_s: float | None = None
    """How long after the onset (or the limit's start) it came; none: never."""


class Finding(_Value):
    """What one rule found. ``violations`` + held cases = ``judged``; ``excused`` and ``suspected`` come on top."""

    rule: str
    verdict: Verdict
    judged: NonNegativeInt
    violations: NonNegativeInt
    excused: NonNegativeInt = 0
    suspected: NonNegativeInt = 0
    """Cases that would have been judged, had no doubt of validity touched their window."""
    why: str
    """One sentence for people, also when all is well."""
    examples: tuple[Example, ...] = ()


class NotJudged(_Value):
    """A rule of the scenario that had no case, in a run that was not to give it one. It counts for nothing."""

    rule: str
    why: str


class Doubt(_Value):
    """A reason not to believe. ``coverage`` turns pass into unknown; ``validity`` takes cases out of judgement."""

    kind: str
    """coverage or validity."""
    what: str
    from_s: float | None = None
    until_s: float | None = None
    """The stretch a validity doubt touches; none: all of the run."""
    slows: bool = False
    """Whether it can only have made things late; then it takes violated cases alone out of judgement."""


class FaultReport(_Value):
    """How one fault of the timeline went, by its own signature."""

    id: str
    kind: str
    where: str
    intended_begin_at_s: float | None = None
    """When the scenario wanted it made and healed; none in a verdict from before that was written down."""
    begun_at_s: float | None
    intended_heal_at_s: float | None = None
    healed_at_s: float | None
    begun: bool
    proved: bool
    healed: bool
    heal_proved: bool
    why: str = ""
    blast_radius: str = ""
    """Whom it struck: how many silences began while it lasted, and how many of them were not alerted in time."""


class TimeToAlert(_Value):
    """Seconds from the onset of a silence to its first alert, of the silences that were alerted."""

    p50: float | None = None
    p99: float | None = None
    max: float | None = None


class Silences(_Value):
    """All silences of the run."""

    count: int = 0
    alerted_in_time: int = 0
    excused: int = 0
    time_to_alert_s: TimeToAlert = TimeToAlert()


class PathTally(_Value):
    """How many judged silences this path alerted in time, and how many it alerted first of the demanded paths."""

    alerted_in_time: int = 0
    alerted_first: int = 0


class Health(_Value):
    """How the harness itself was."""

    fleet_lag_ms_p99: float | None = None
    """Real milliseconds between the intended and the actual start of the fleet's operations."""
    fleet_lag_allowance_ms: float | None = None
    clock_jumps: int = 0
    recorders_alive: bool = True
    operations: int = 0


class Subject(_Value):
    """Which build was judged."""

    version: str
    command: str
    configuration_sha256: str


class Judgement(_Value):
    """One run's judgement: all of ``verdict.json``."""

    format: Literal[2] = 2
    scenario: str
    target: str
    engine: str
    seed: int
    speed: float
    verdict: Verdict
    why: str
    """The verdict in one sentence."""
    subject: Subject
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    silences: Silences = Silences()
    alert_paths: dict[str, PathTally] = Field(default_factory=dict)
    faults: tuple[FaultReport, ...] = ()
    health: Health = Health()
    history_sha256: str
    replay: str

    def at_least(self, verdict: Verdict, why: str) -> Judgement:
        """Return this judgement, or if it is milder than ``verdict``, what it has become and why."""
        if worst((self.verdict, verdict)) is self.verdict:
            return self
        return self.model_copy(update={"verdict": verdict, "why": why})
