"""The charts' figures as rows, for whoever cannot see a chart or wants the numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from deadair.reporting.formatting import duration, moment, path_name
from deadair.reporting.plots.blind import blind_steps
from deadair.reporting.plots.time_to_alert import times_to_alert
from deadair.reporting.run_story import Lane, SilenceOutcome, Story

BLIND_ROWS_MAX = 24
EVENTS_MAX = 60


@dataclass(frozen=True, slots=True)
class CohortRow:
    """What became of one cohort's silences. ``first``: alerted in time, by the alert path that was first."""

    cohort: str
    silences: int
    first: dict[str, int]
    late: int
    never: int
    excused: int


def by_cohort(story: Story) -> tuple[CohortRow, ...]:
    """Return who was alerted by what: one row for each cohort with a silence, and one for all."""
    names = [name for name in story.cohorts if any(silence.cohort == name for silence in story.silences)]
    rows = []
    for name in [*names, None]:
        those = [silence for silence in story.silences if name in (None, silence.cohort)]
        outcomes = Counter(silence.outcome for silence in those)
        first = Counter(s.alert.path for s in those if s.alert is not None and s.outcome is SilenceOutcome.ALERTED)
        rows.append(
            CohortRow(
                name or "everybody",
                len(those),
                {path: first[path] for path in sorted(first)},
                outcomes[SilenceOutcome.LATE],
                outcomes[SilenceOutcome.NEVER],
                outcomes[SilenceOutcome.EXCUSED],
            )
        )
    return tuple(rows)


def blind_table(story: Story) -> tuple[tuple[str, tuple[int, ...], int], ...]:
    """Return how many phones of each cohort were blind, at evenly spaced moments: moment, by cohort, all."""
    steps = blind_steps(story)
    rows = []
    number = 0
    for row in range(BLIND_ROWS_MAX + 1):
        at_s = story.from_s + (story.until_s - story.from_s) * row / BLIND_ROWS_MAX
        while number + 1 < len(steps) and steps[number + 1][0] <= at_s:
            number += 1
        counts = tuple(steps[number][1].values())
        rows.append((moment(at_s), counts, sum(counts)))
    return tuple(rows)


def time_to_alert_table(story: Story) -> tuple[tuple[str, int], ...]:
    """Return how many silences were alerted after how long."""
    counted = times_to_alert(story)
    alerted: Counter[int] = Counter()
    for (number, _), count in counted.bins.items():
        alerted[number] += count
    rows = [
        (f"{duration(number * counted.bin_s)} to {duration((number + 1) * counted.bin_s)}", alerted[number])
        for number in sorted(alerted)
    ]
    if counted.later:
        rows.append(("later than that", counted.later))
    return (*rows, ("never", counted.never))


def lane_events(lane: Lane) -> tuple[tuple[str, str], ...]:
    """Return what happened around a silence, in order: moment and sentence."""
    silence = lane.silence
    events = [(silence.onset_s, "goes blind"), (silence.limit_s, "the limit passes")]
    if silence.until_s < lane.until_s:
        events.append((silence.until_s, "sees fresh data again"))
    for shown in lane.shown:
        of = "" if shown.measured_s is None else f", measured at {moment(shown.measured_s)}"
        events.append((shown.at_s, f"screen: {shown.style}{of}"))
    events += [(push.at_s, f"push came: {path_name(push.path)}, {push.detail}") for push in lane.pushes]
    for ringing in lane.ringing:
        until = f"until {moment(ringing.until_s)}" if ringing.until_s < lane.until_s else "and it is not cleared here"
        events.append((ringing.from_s, f"{ringing.what} by the {path_name(ringing.path)} rings, {until}"))
    return tuple((moment(at_s), said) for at_s, said in sorted(events)[:EVENTS_MAX])
