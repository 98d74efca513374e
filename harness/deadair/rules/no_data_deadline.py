"""Whoever goes blind is told in time, by a path of the service's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal

import polars as pl
from pydantic import Field

from deadair.model.alert_path import AlertPath, of_service
from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule
from deadair.rules.silences import Silence, silences

COHORTS_TOLD_MAX = 6


class NoDataDeadline(Rule):
    """Whoever goes blind is told in time, by a path of the service's own."""

    kind: Literal["no_data_deadline"] = "no_data_deadline"
    within: Lasting = timedelta(minutes=5)
    """L: how long after the onset a follower may be left without an alert."""
    alert_paths: tuple[str, ...] | None = Field(None, min_length=1)
    """The alert paths that count, by default all of the service's own. A phone's own counts only if it is listed."""

    def accepted(self, alert_paths: Iterable[AlertPath]) -> tuple[str, ...]:
        """Return the names of the alert paths that count, for a target that has these."""
        return self.alert_paths or of_service(alert_paths)

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each silence: was its phone presenting an alarm or a notice at some moment of [onset, onset + L]?

        And again in each later stretch of it that lasts at least L.
        """
        paths = self.accepted(evidence.alert_paths)
        cases = table(_case(silence, paths) for silence in silences(evidence, in_us(self.within)))
        return finding(self.kind, evidence, cases, self._say)

    def _say(self, tally: Tally) -> str:
        if not tally.violations:
            return f"{tally.judged} of {tally.judged} silences were told in time; slowest {lasting(tally.slowest_us)}"
        parts = [f"{tally.violations} of {tally.judged} silences were not told within {show(self.within)}"]
        untold = tally.violated.filter(pl.col("late_us").is_null())
        worst = untold.group_by("cohort").len().sort("len", "cohort", descending=[True, False])
        if worst.height:
            named = ", ".join(f"{count} in {cohort}" for cohort, count in worst.head(COHORTS_TOLD_MAX).iter_rows())
            parts.append(f"never told: {named}")
        late = tally.violated["late_us"].max()
        if isinstance(late, int):
            parts.append(f"the latest was told after {lasting(late)}")
        return "; ".join(parts)


def _case(silence: Silence, paths: Sequence[str]) -> Case:
    told = silence.told(paths)
    late_us = None if told is None else silence.latency_us(told)
    if told is None:
        what = f"never told by {' or '.join(paths)}"
    else:
        what = f"told by {told.path} after {lasting(silence.latency_us(told))}"
    missed = silence.missed(paths)
    if silence.in_time(paths) and missed is not None:
        told = silence.told_again(missed, paths)
        late_us = None if told is None else told.from_us - missed.onset_us
        how = "never told" if told is None else f"told by {told.path} after {lasting(told.from_us - missed.onset_us)}"
        what += f"; blind again {lasting(missed.onset_us - silence.onset_us)} after the onset, and {how}"
    return Case(
        silence.state(paths),
        silence.onset_us - silence.phone.no_data_after_us,
        silence.decided_us,
        silence.onset_us,
        what,
        silence.phone.phone,
        silence.phone.patient,
        late_us,
    )
