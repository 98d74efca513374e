"""Whoever goes blind is alerted in time, by one of the service's own alert paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from deadair.model.alert_path import AlertPath, of_service
from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.evidence import Evidence
from deadair.rules.notifications import Notification
from deadair.rules.rule import Rule
from deadair.rules.silences import Silence, silences
from deadair.rules.swallowed import nothing_else, swallowed

COHORTS_NAMED_MAX = 6


class NoDataDeadline(Rule):
    """Whoever goes blind is alerted in time, by one of the service's own alert paths."""

    of_silences: ClassVar[bool] = True
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
        cases = table(_case(silence, paths, evidence) for silence in silences(evidence, in_us(self.within)))
        return finding(self.kind, evidence, cases, self._say)

    def _say(self, tally: Tally) -> str:
        if not tally.violations:
            judged = f"{tally.judged:,} of {count(tally.judged, 'silence')} {was(tally.judged)} alerted in time"
            return f"{judged}; longest time to alert {lasting(tally.slowest_us)}"
        bad = f"{tally.violations:,} of {count(tally.judged, 'silence')} {was(tally.violations)} not alerted"
        parts = [f"{bad} within {show(self.within)}"]
        never = tally.violated.filter(pl.col("late_us").is_null())
        worst = never.group_by("cohort").len().sort("len", "cohort", descending=[True, False])
        if worst.height:
            named = ", ".join(f"{number:,} in {cohort}" for cohort, number in worst.head(COHORTS_NAMED_MAX).iter_rows())
            parts.append(f"never alerted: {named}")
        late = tally.violated["late_us"].max()
        if isinstance(late, int):
            parts.append(f"the latest alert came after {lasting(late)}")
        return "; ".join(parts)


def _case(silence: Silence, paths: Sequence[str], evidence: Evidence) -> Case:
    alert = silence.first_alert(paths)
    late_us = None if alert is None else silence.time_to_alert_us(alert)
    what = (
        f"never alerted by {' or '.join(paths) or 'any path'}" if alert is None else _alerted(alert, silence.onset_us)
    )
    missed = silence.missed(paths)
    if silence.alerted_in_time(paths) and missed is not None:
        alert = silence.first_alert_of(missed, paths)
        late_us = None if alert is None else alert.from_us - missed.onset_us
        how = "never alerted" if alert is None else _alerted(alert, missed.onset_us)
        what += f"; blind again {lasting(missed.onset_us - silence.onset_us)} after the onset, and {how}"
    from_us, state = silence.onset_us - silence.phone.no_data_after_us, silence.state(paths)
    if state == "violated" and nothing_else(evidence, paths):
        told = swallowed(evidence, silence.phone, (from_us, silence.decided_us), paths=paths)
        state = "excused" if told else "violated"
    return Case(
        state,
        from_us,
        silence.decided_us,
        silence.onset_us,
        what,
        silence.phone.phone,
        silence.phone.patient,
        late_us,
    )


def _alerted(alert: Notification, onset_us: int) -> str:
    """Say by which path an alert came, and how long after the onset; one that stood already came at once."""
    return f"alerted by {alert.path} after {lasting(max(0, alert.from_us - onset_us))}"
