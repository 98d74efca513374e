"""Whether a run alerts later than a baseline or another run did. Pure.

Worse is a median that is later by more than the larger of 30 s and three times the baseline's own spread. The spread is
how far the medians of the baseline's runs lie apart. Thirty seconds are half of what the harness itself may add (G of
docs/rules.md): less than that is nobody's fault for certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deadair.baselines.alert_times import AlertTimes, PlanKey
from deadair.baselines.baseline import Baseline, ScenarioBaseline
from deadair.model.verdict import Verdict

LATER_MIN_S = 30.0
SPREADS = 3.0


class AlertChange(StrEnum):
    """How a run compares."""

    SAME = "same"
    SOONER = "sooner"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing one run. Seconds are real-life; ``allowed_s``: how much later its median may be."""

    scenario: str
    change: AlertChange
    why: str
    """One sentence."""
    before_s: float | None = None
    after_s: float | None = None
    allowed_s: float = LATER_MIN_S

    @classmethod
    def unknown(cls, scenario: str, why: str) -> Comparison:
        """Return what stands for a run that cannot be compared."""
        return cls(scenario, AlertChange.UNKNOWN, why)

    @property
    def verdict(self) -> Verdict:
        """Return what it means for a gate: what cannot be compared is not green."""
        return {AlertChange.LATER: Verdict.FAIL, AlertChange.UNKNOWN: Verdict.UNKNOWN}.get(self.change, Verdict.PASS)


def against_baseline(baseline: Baseline, plan: PlanKey, run: AlertTimes) -> Comparison:
    """Compare a run with the baseline's runs of the same plan."""
    known = baseline.of(plan)
    if known is None:
        return Comparison.unknown(plan.scenario, _not_there(baseline, plan))
    return _compared(plan.scenario, known.median_s, run.p50_s, allowed_s(known), "the baseline's")


def of_two(before: tuple[PlanKey, AlertTimes], after: tuple[PlanKey, AlertTimes]) -> Comparison:
    """Compare two runs; of one run nobody knows its spread, so 30 s are what the second may be later."""
    (plan, earlier), (other, later) = before, after
    if plan != other:
        return Comparison.unknown(other.scenario, f"they are not comparable: {_difference(plan, other)}")
    return _compared(plan.scenario, earlier.p50_s, later.p50_s, LATER_MIN_S, "the first run's")


def allowed_s(known: ScenarioBaseline) -> float:
    """Return how much later than the baseline's a median may be."""
    return max(LATER_MIN_S, SPREADS * known.spread_s)


def _compared(scenario: str, before_s: float | None, after_s: float | None, allowed: float, whose: str) -> Comparison:
    if before_s is None and after_s is None:
        return Comparison(scenario, AlertChange.SAME, "nobody was alerted, before or now", None, None, allowed)
    if after_s is None or before_s is None:
        now = "now nobody was alerted" if after_s is None else "nobody was alerted before"
        return Comparison(
            scenario, AlertChange.UNKNOWN, f"{now}, so there is no median to compare", before_s, after_s, allowed
        )
    later_s = after_s - before_s
    figures = f"the median time to alert is {after_s:.1f} s, {whose} is {before_s:.1f} s"
    if later_s > allowed:
        why = f"{figures}: {later_s:.1f} s later, and {allowed:.1f} s are allowed"
        return Comparison(scenario, AlertChange.LATER, why, before_s, after_s, allowed)
    change = AlertChange.SOONER if -later_s > allowed else AlertChange.SAME
    word = "sooner" if change is AlertChange.SOONER else "as soon as before"
    return Comparison(scenario, change, f"{figures}: {word}", before_s, after_s, allowed)


def _not_there(baseline: Baseline, plan: PlanKey) -> str:
    named = baseline.named(plan.scenario)
    why = "it has no such scenario" if named is None else _difference(named.plan, plan)
    return f"the baseline has nothing to compare with: {why}; make it anew with `deadair baseline RUN RUN RUN`"


def _difference(before: PlanKey, after: PlanKey) -> str:
    for name in ("scenario", "target", "engine"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            return f"its {name} was {was}, and is {now} now"
    return "its plan is another one (fleet, phases, timeline, checks, capacity or speed)"
