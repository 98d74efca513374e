"""How long after its onset the first alert of each judged silence came, against the limit.

Those that were never alerted stand at the far right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from deadair.reporting.palette import light, path_colour
from deadair.reporting.plots.canvas import TEXT, X2, Y2, Sheet, Values, data, finished, own_colour
from deadair.reporting.run_story import SilenceOutcome, Story

HEIGHT = 200
BINS_PER_LIMIT = 20
LATEST_LIMITS = 2
"""Alerts later than this many limits share one column."""
NEVER_COLUMN = 3
"""Bins that the columns at the right edge are wide."""


@dataclass(frozen=True, slots=True)
class TimesToAlert:
    """The judged silences by the bin of their time to alert and by the alert path; and those without an alert."""

    limit_s: float
    bin_s: float
    bins: dict[tuple[int, str], int]
    later: int
    never: int


def times_to_alert(story: Story) -> TimesToAlert:
    """Count the judged silences."""
    limit_s = story.limit_s or 300.0
    bin_s = limit_s / BINS_PER_LIMIT
    bins: dict[tuple[int, str], int] = {}
    later = never = 0
    for silence in story.silences:
        if silence.outcome is SilenceOutcome.EXCUSED:
            continue
        wait_s = silence.time_to_alert_s
        if silence.alert is None or wait_s is None:
            never += 1
        elif wait_s > LATEST_LIMITS * limit_s:
            later += 1
        else:
            # Alerted exactly at the limit is in time, so it belongs to the last bin before the line.
            key = (
                min(int(wait_s / bin_s), BINS_PER_LIMIT - 1) if wait_s <= limit_s else int(wait_s / bin_s),
                silence.alert.path,
            )
            bins[key] = bins.get(key, 0) + 1
    return TimesToAlert(limit_s, bin_s, bins, later, never)


def time_to_alert(story: Story, sheet: Sheet) -> dict[str, Any]:
    """Draw the times to alert."""
    counted = times_to_alert(story)
    last = max([number for number, _ in counted.bins], default=0) + 1
    edge = max(last, BINS_PER_LIMIT) * counted.bin_s * 1.05
    column = NEVER_COLUMN * counted.bin_s
    end = edge + 2.4 * column
    bars, tallest = _bars(counted, story.alert_paths)
    marks: Values = []
    for place, number, word, colour in (
        (edge + 0.1 * column, counted.later, "LATER", "unproved"),
        (edge + 1.3 * column, counted.never, "NEVER", "overdue"),
    ):
        if number or word == "NEVER":
            bars.append({"x": place, "x2": place + column, "y": 0, "y2": number, "colour": light(colour)})
            text = f"{number:,} {word}"
            colour_of_word = light(colour if number else "quiet")
            marks.append(
                {
                    "x": place + column if word == "NEVER" else place + column / 2,
                    "y": number,
                    "text": text,
                    "colour": colour_of_word,
                }
            )
    top = max(tallest, counted.later, counted.never, 1) * 1.22
    x = alt.X("x:Q", axis=_axis(counted, sheet), scale=alt.Scale(domain=[0, end], nice=False))
    y_axis = alt.Axis(title=None, tickCount=4, format=",d", tickMinStep=1)
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(domain=[0, top], nice=False))
    beyond = alt.Chart(data([{"x": counted.limit_s, "x2": end}])).mark_rect(color=light("overdue"), opacity=0.07)
    drawn = alt.Chart(data(bars)).mark_rect(clip=True).encode(x=x, x2=X2, y=y, y2=Y2, color=own_colour())
    limit = [{"x": counted.limit_s, "y": top, "text": "limit"}]
    line = alt.Chart(data(limit)).mark_rule(color=light("ink"), strokeWidth=2).encode(x=x)
    name = alt.Chart(data(limit)).mark_text(align="left", dx=5, baseline="top", dy=3, fontSize=sheet.font_size)
    words = alt.Chart(data(marks)).mark_text(
        align="right", baseline="bottom", dy=-3, fontWeight="bold", fontSize=sheet.font_size
    )
    return finished(
        [
            beyond.encode(x=x, x2=X2),
            drawn,
            line,
            name.encode(x=x, y=y, text=TEXT),
            words.encode(x=x, y=y, text=TEXT, color=own_colour()),
        ],
        sheet,
        HEIGHT,
    )


def _bars(counted: TimesToAlert, alert_paths: Sequence[str]) -> tuple[Values, int]:
    values: Values = []
    tallest = 0
    paths = sorted(
        {path for _, path in counted.bins}, key=lambda path: (*(path != known for known in alert_paths), path)
    )
    for number in sorted({number for number, _ in counted.bins}):
        floor = 0
        for path in paths:
            count = counted.bins.get((number, path), 0)
            if count:
                left = number * counted.bin_s
                place = {"x": left + counted.bin_s * 0.06, "x2": left + counted.bin_s * 0.94}
                colour = light(path_colour(path, alert_paths))
                values.append({**place, "y": floor, "y2": floor + count, "colour": colour})
            floor += count
        tallest = max(tallest, floor)
    return values, tallest


def _axis(counted: TimesToAlert, sheet: Sheet) -> alt.Axis:
    size, name = (60.0, "min") if counted.limit_s >= 120 else (1.0, "s")
    step = counted.limit_s / (5 if sheet.inner > 500 else 2.5)
    last = max(max([number for number, _ in counted.bins], default=0) + 1, BINS_PER_LIMIT) * counted.bin_s
    values = [number * step for number in range(int(last / step) + 1)]
    return alt.Axis(values=values, labelExpr=f"format(datum.value / {size}, '~r') + ' {name}'", title=None, grid=False)
