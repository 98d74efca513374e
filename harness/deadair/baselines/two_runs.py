"""Two runs of one plan beside each other: verdict, rules, and how soon they alerted; as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deadair.baselines.comparison import Comparison, of_two
from deadair.baselines.stored_times import times_of
from deadair.judging.stored_verdict import own_judgement
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.reporting.formatting import duration

ComparedRow = tuple[str, str, str]
"""What is compared, how it was, how it is."""


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """An earlier run and a later one."""

    runs: tuple[tuple[RunFolder, Judgement], tuple[RunFolder, Judgement]]
    comparison: Comparison

    @property
    def rows(self) -> tuple[ComparedRow, ...]:
        """Return what is compared, a row each: what differs and what does not."""
        (earlier, before), (later, after) = self.runs
        return (
            ("run", earlier.shown, later.shown),
            ("scenario", before.scenario, after.scenario),
            ("engine", before.engine, after.engine),
            ("build", before.subject.version, after.subject.version),
            ("verdict", before.verdict.value, after.verdict.value),
            ("silences", f"{before.silences.count:,}", f"{after.silences.count:,}"),
            ("alerted in time", f"{before.silences.alerted_in_time:,}", f"{after.silences.alerted_in_time:,}"),
            *((f"time to alert, {name}", *pair) for name, pair in self._times()),
            *self._rules(),
        )

    def _times(self) -> Iterator[tuple[str, tuple[str, str]]]:
        one, two = (each.silences.time_to_alert_s for _, each in self.runs)
        for name, was, now in (("p50", one.p50, two.p50), ("p99", one.p99, two.p99), ("most", one.max, two.max)):
            yield name, tuple("nobody was alerted" if each is None else duration(each) for each in (was, now))  # type: ignore[misc]

    def _rules(self) -> Iterator[ComparedRow]:
        was, now = ({f.rule: f.verdict.value for f in each.findings} for _, each in self.runs)
        for rule in dict.fromkeys([*was, *now]):
            yield f"rule {rule}", was.get(rule, "not judged"), now.get(rule, "not judged")

    def lines(self) -> Iterator[str]:
        """Yield it for people: a row each, then what it comes to."""
        widths = [max(len(row[number]) for row in self.rows) for number in (0, 1)]
        for what, was, now in self.rows:
            sign = " " if was == now or what == "run" else "≠"
            yield f"{sign} {what.ljust(widths[0])}  {was.ljust(widths[1])}  {now}".rstrip()
        yield f"{self.comparison.change.value}: {self.comparison.why}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; times are real-life seconds."""
        compared = self.comparison
        return {
            "format": 1,
            "change": compared.change.value,
            "why": compared.why,
            "before_s": compared.before_s,
            "after_s": compared.after_s,
            "allowed_s": compared.allowed_s,
            "rows": [{"what": what, "before": was, "after": now} for what, was, now in self.rows],
        }


def two_runs(before: RunFolder, after: RunFolder) -> TwoRuns:
    """Read two stored runs. Raises HarnessError or ScenarioError, also for a verdict that its evidence contradicts."""
    earlier, later = (before, own_judgement(before)), (after, own_judgement(after))
    return TwoRuns((earlier, later), of_two(times_of(*earlier), times_of(*later)))
