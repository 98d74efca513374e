"""Makes a regression of a failing night: shrunk, told, and seen failing with what was planted and passing without.

The work of one process among several; nothing is written anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from deadair.engines.run_plan import RunPlan
from deadair.explore.night_run import violated
from deadair.explore.shrink import shrunk
from deadair.explore.story import story
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.scenario.dump import dump
from deadair.scenario.model import Scenario
from deadair.targets.registry import known_targets
from deadair.targets.target import Target

HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Regression:
    """A failing night made small. ``without``: its verdict where nothing is planted; none if nothing was."""

    rule: str
    night: int
    scenario: Scenario
    faults_before: int
    runs: int
    """How often something was run to get there."""
    without: Verdict | None
    why_without: str = ""

    @property
    def proved(self) -> bool:
        """Say whether it was seen failing with what was planted and passing without."""
        return self.without in (None, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class FailedNight:
    """A night that violated a rule."""

    number: int
    rule: str
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class ShrinkWork:
    """Makes failing nights small, each within a time. ``defects``: what was planted."""

    defects: tuple[str, ...]
    limit_s: float

    def __call__(self, night: FailedNight) -> Regression:
        """Return the regression of a night. Raises HarnessError."""
        limit, targets = Deadline.after(self.limit_s), known_targets(())
        runs = _Runs(targets, night.rule, self.defects)
        smallest = shrunk(night.scenario, runs.fails_alike, targets, limit)
        judgement = runs.judged(smallest, self.defects)
        without = runs.judged(smallest, ()) if self.defects else None
        told = smallest.model_copy(update={"why": story(smallest, judgement, night.rule, self.defects)})
        return Regression(
            rule=night.rule,
            night=night.number,
            scenario=named(told, night.rule),
            faults_before=len(night.scenario.timeline),
            runs=runs.count,
            without=None if without is None else without.verdict,
            why_without="" if without is None else without.why,
        )


class _Runs:
    """Runs what may be smaller, and counts."""

    def __init__(self, targets: Mapping[str, Target], rule: str, defects: tuple[str, ...]) -> None:
        self._targets = targets
        self._rule = rule
        self._defects = defects
        self.count = 0

    def judged(self, scenario: Scenario, defects: tuple[str, ...]) -> Judgement:
        """Run it and judge it."""
        self.count += 1
        return try_out(RunPlan.drawn(scenario, self._targets[scenario.target.name], defects))

    def fails_alike(self, scenario: Scenario) -> bool:
        """Say whether it violates the same rule, and passes where nothing is planted: then it is not another fault."""
        try:
            if self._rule not in violated(self.judged(scenario, self._defects)):
                return False
            return not self._defects or self.judged(scenario, ()).verdict is Verdict.PASS
        except (HarnessError, ScenarioError):
            return False


def named(scenario: Scenario, rule: str) -> Scenario:
    """Return the scenario by the name that says which rule it violates, and by its content."""
    content = dump(scenario.model_copy(update={"name": "x", "why": "x"}))
    digest = hashlib.sha256(content.encode()).hexdigest()[:HASH_DIGITS]
    return scenario.model_copy(update={"name": f"{rule.replace('_', '-')}-{digest}"})
