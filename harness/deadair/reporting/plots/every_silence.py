"""Every silence as one thin line: waiting for an alert, alerted, or past its limit without an alert."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import altair as alt

from deadair.reporting.palette import light
from deadair.reporting.plots.canvas import (
    BOTTOM,
    TEXT,
    TOP,
    X2,
    Y2,
    Sheet,
    Time,
    Values,
    data,
    finished,
    own_colour,
    pixels,
    rows_y,
)
from deadair.reporting.run_story import SilenceOutcome, SilenceStory, Story

LINES_MAX = 900
LINES_PIXELS = 500
"""Pixels of height that the lines share, one at least for each."""
LINE_PIXELS_MAX = 6
GAP = 6
"""Lines left empty between two cohorts."""


def lines_shown(story: Story) -> tuple[SilenceStory, ...]:
    """Return the silences that get a line: all, or evenly chosen ones if there are too many to see."""
    order = {cohort: number for number, cohort in enumerate(story.cohorts)}

    def place(silence: SilenceStory) -> tuple[object, ...]:
        # Within a cohort those who were not alerted stand together: one block of one colour, not a scatter.
        kind = list(SilenceOutcome).index(silence.outcome)
        return (order.get(silence.cohort, len(order)), silence.cohort, kind, silence.onset_s, silence.phone)

    whole = sorted(story.silences, key=place)
    every = -(-len(whole) // LINES_MAX) or 1
    return tuple(whole[::every])


def segments(silence: SilenceStory) -> tuple[tuple[str, float, float], ...]:
    """Return the coloured stretches of one silence, from its onset to its end."""
    if silence.outcome is SilenceOutcome.EXCUSED:
        return (("excused", silence.onset_s, silence.until_s),)
    alerted_s = silence.until_s if silence.alert is None else max(silence.onset_s, silence.alert.at_s)
    limit_s = min(silence.limit_s, alerted_s, silence.until_s)
    stretches = (
        ("waiting", silence.onset_s, limit_s),
        ("overdue", limit_s, min(alerted_s, silence.until_s)),
        ("alerted", alerted_s, silence.until_s),
    )
    return tuple((name, begins, ends) for name, begins, ends in stretches if ends > begins)


def every_silence(story: Story, sheet: Sheet) -> dict[str, Any]:
    """Draw all silences."""
    time = Time(story.from_s, story.until_s)
    shown = lines_shown(story)
    values, labels, bottom = _lines(shown)
    # Whole pixels for each line: anything else would draw a pattern that means nothing.
    height = TOP + BOTTOM + round(bottom) * max(1, min(LINE_PIXELS_MAX, LINES_PIXELS // round(bottom)))
    x, y = time.x("x", sheet), rows_y("y", bottom)
    rects = alt.Chart(data(values)).mark_rect(clip=True).encode(x=x, x2=X2, y=y, y2=Y2, color=own_colour())
    room = (sheet.left - 10) // max(1, round(sheet.font_size * 0.55))
    words = [
        {**label, "text": label["text"] if len(label["text"]) <= room else label["text"][: room - 1] + "…"}
        for label in labels
    ]
    # Written beside the drawing, in its left margin.
    names = alt.Chart(data(words)).mark_text(
        align="right", baseline="middle", fontSize=sheet.font_size, color=light("quiet")
    )
    return finished([rects, names.encode(x=pixels(-8), y=y, text=TEXT)], sheet, height)


def _lines(shown: Sequence[SilenceStory]) -> tuple[Values, Values, float]:
    values: Values = []
    labels: Values = []
    row = 0.0
    for cohort, members in groupby(shown, key=lambda silence: silence.cohort):
        first = row
        for silence in members:
            for name, begins, ends in segments(silence):
                values.append({"x": begins, "x2": ends, "y": row, "y2": row + 1, "colour": light(name)})
            row += 1
        labels.append({"y": (first + row) / 2, "text": cohort})
        row += GAP
    return values, labels, max(1.0, row - GAP)
