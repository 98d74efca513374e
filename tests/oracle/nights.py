"""Compares both oracles on whole nights in virtual time: of shipped scenarios, and drawn in an envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from deadair.engines.run_plan import RunPlan
from deadair.explore.envelope import Envelope
from deadair.explore.night import draw_night
from deadair.rules.rule import kind_of
from deadair.runner import tried_out
from deadair.scenario.model import Scenario
from deadair.targets.registry import known_targets
from deadair.targets.target import Target
from tests.oracle.harness_side import EVERY_RULE, differences, whole


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a night: how many cases each rule judged, whom it found violated, and where the oracles differ."""

    differences: tuple[str, ...]
    judged: Mapping[str, int] = field(default_factory=dict)
    violated: Mapping[str, int] = field(default_factory=dict)


def compared(scenario: Scenario, target: Target, defects: tuple[str, ...] = ()) -> Compared:
    """Run a scenario in virtual time and judge it by every rule, twice."""
    evidence = tried_out(RunPlan.drawn(scenario, target, defects))[1]
    if evidence is None:
        return Compared((f"{scenario.name}: there was nothing to judge by",))
    findings = [whole(rule, evidence) for rule in EVERY_RULE]
    return Compared(
        tuple(differences(evidence, (*EVERY_RULE, *(one for one in scenario.checks if kind_of(one) != "noop")))),
        {one.rule: one.judged for one in findings},
        {one.rule: one.violations for one in findings if one.violations},
    )


@dataclass(frozen=True)
class NightsCompared:
    """What a process needs to compare on any night of a seed. Calling it does so for the night of a number."""

    envelope: Envelope
    seed: int

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Return all targets there are."""
        return known_targets(())

    def __call__(self, number: int) -> Compared:
        """Draw the night, run it and judge it twice. Raises HarnessError."""
        night = draw_night(self.envelope, self.targets, seed=self.seed, number=number)
        return compared(night.scenario, self.targets[self.envelope.target])
