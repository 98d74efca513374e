"""Runs a night in virtual time and says what came of it: the work of one process among several.

What is handed over between processes is plain: numbers in, outcomes out. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from deadair.engines.run_plan import RunPlan
from deadair.explore.coverage_table import Cell, cells
from deadair.explore.envelope import Envelope
from deadair.explore.looked import Looked
from deadair.explore.night import Night, draw_night
from deadair.explore.sometimes import met
from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict
from deadair.runner import tried_out
from deadair.scenario.model import Scenario
from deadair.targets.registry import known_targets
from deadair.targets.target import Target


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """What came of a night. ``violated``: the rules that failed, in the scenario's order."""

    number: int
    verdict: Verdict
    why: str
    violated: tuple[str, ...] = ()
    met: Mapping[str, int] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    redrawn: int = 0
    history_sha256: str = ""
    scenario: Scenario | None = None
    """What was run, of a night that did not pass."""


@dataclass(frozen=True)
class NightWork:
    """What a process needs to run any night of an exploration. Calling it runs the night of a number."""

    envelope: Envelope
    seed: int
    defects: tuple[str, ...] = ()

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Return all targets there are."""
        return known_targets(())

    def __call__(self, number: int) -> NightOutcome:
        """Draw the night, run it and judge it. Raises HarnessError."""
        night = draw_night(self.envelope, self.targets, seed=self.seed, number=number)
        return outcome_of(night, self.targets[self.envelope.target], self.defects)


def outcome_of(night: Night, target: Target, defects: tuple[str, ...]) -> NightOutcome:
    """Run a night and return what came of it."""
    judgement, evidence = tried_out(RunPlan.drawn(night.scenario, target, defects))
    looked = None if evidence is None else Looked(night.scenario, evidence)
    return NightOutcome(
        number=night.number,
        verdict=judgement.verdict,
        why=judgement.why,
        violated=violated(judgement),
        met={} if looked is None else met(looked),
        cells=() if looked is None else cells(looked),
        redrawn=night.redrawn,
        history_sha256=judgement.history_sha256,
        scenario=None if judgement.verdict is Verdict.PASS else night.scenario,
    )


def violated(judgement: Judgement) -> tuple[str, ...]:
    """Return the rules that a run violates, in the scenario's order."""
    return tuple(finding.rule for finding in judgement.findings if finding.verdict is Verdict.FAIL)
