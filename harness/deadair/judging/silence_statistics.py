"""The silences of a run in figures: how many, how soon each was alerted, and by which path."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from deadair.model.judgement import PathTally, Silences, TimeToAlert
from deadair.rules.evidence import SECOND_US, Evidence
from deadair.rules.silences import Silence


def judged(found: Sequence[Silence], paths: Sequence[str], evidence: Evidence) -> tuple[Silence, ...]:
    """Return the silences that are neither excused nor in doubt."""
    return tuple(
        silence
        for silence in found
        if silence.state(paths) != "excused"
        and not evidence.in_doubt(
            silence.onset_us - silence.phone.no_data_after_us,
            silence.decided_us,
            violated=silence.state(paths) == "violated",
        )
    )


def totals(found: Sequence[Silence], sure: Sequence[Silence], paths: Sequence[str]) -> Silences:
    """Return all silences in figures; how many were alerted, and how soon, is said of the judged ones (``sure``)."""
    alerted = [(silence, alert) for silence in sure if (alert := silence.first_alert(paths)) is not None]
    waits_s = sorted(round(silence.time_to_alert_us(alert) / SECOND_US, 3) for silence, alert in alerted)
    return Silences(
        count=len(found),
        alerted_in_time=sum(silence.state(paths) == "held" for silence in sure),
        excused=sum(silence.state(paths) == "excused" for silence in found),
        time_to_alert_s=TimeToAlert(p50=_rank(waits_s, 0.5), p99=_rank(waits_s, 0.99), max=_rank(waits_s, 1.0)),
    )


def by_path(sure: Sequence[Silence], paths: Sequence[str], evidence: Evidence) -> dict[str, PathTally]:
    """Return, for each alert path of the target, how many judged silences it alerted in time, and how many first.

    First is counted among ``paths`` alone.
    """
    kept = [silence for silence in sure if silence.missed(paths) is None]
    first = [alert.path for silence in kept if (alert := silence.first_alert(paths)) and silence.alerted_in_time(paths)]
    return {
        path.name: PathTally(
            alerted_in_time=sum(silence.alerted_in_time([path.name]) for silence in kept),
            alerted_first=first.count(path.name),
        )
        for path in evidence.alert_paths
    }


def _rank(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile of sorted values."""
    return values[max(1, ceil(share * len(values))) - 1] if values else None
