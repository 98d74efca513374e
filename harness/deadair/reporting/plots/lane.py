"""One silence from all sides: what the device measured, what the phone showed, what came, what rang, and the limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from deadair.reporting.palette import PATH_COLOURS, light, path_colour
from deadair.reporting.plots.canvas import TEXT, X2, Y2, Sheet, Time, Values, data, finished, own_colour, pixels, rows_y
from deadair.reporting.plots.every_silence import segments
from deadair.reporting.run_story import Lane, SilenceOutcome

ROWS = ("measured", "shown", "blind", "pushes", "alarms")
ROW = 30
TOP = 18
MARKS_MAX = 400


def lane(whole: Lane, alert_paths: Sequence[str], sheet: Sheet) -> dict[str, Any]:
    """Draw one silence's lane."""
    silence = whole.silence
    time = Time(whole.from_s, whole.until_s)
    height = TOP + ROW * len(ROWS) + 6
    x, y = time.x("x", sheet), rows_y("y", height)
    window = [{"x": silence.onset_s, "x2": silence.limit_s, "y": 0, "y2": height}]
    ticks, rings, bars = _ticks(whole), _pushes(whole, alert_paths), _bars(whole, alert_paths)
    words = _words(whole, time, sheet)
    layers: list[alt.Chart] = [
        alt.Chart(data(window))
        .mark_rect(color=light("waiting"), opacity=0.16, clip=True)
        .encode(x=x, x2=X2, y=y, y2=Y2),
        alt.Chart(data(bars)).mark_rect(clip=True).encode(x=x, x2=X2, y=y, y2=Y2, color=own_colour()),
        alt.Chart(data([{"x": silence.onset_s}])).mark_rule(color=light("quiet"), strokeDash=[2, 3]).encode(x=x),
        alt.Chart(data([{"x": silence.limit_s}])).mark_rule(color=light("ink"), strokeWidth=2).encode(x=x),
        alt.Chart(data(ticks))
        .mark_tick(orient="vertical", size=15, thickness=2, clip=True)
        .encode(x=x, y=y, color=own_colour()),
    ]
    for filled in (True, False):
        of_kind = [mark for mark in rings if mark["filled"] is filled]
        points = alt.Chart(data(of_kind)).mark_point(
            shape="triangle-down", size=85, filled=filled, opacity=1, clip=True
        )
        layers.append(points.encode(x=x, y=y, color=own_colour()))
    for align in ("left", "right"):
        text = alt.Chart(data([w for w in words if w["align"] == align])).mark_text(
            align=align, baseline="middle", fontSize=sheet.font_size, fontWeight="bold"
        )
        layers.append(text.encode(x=x, y=y, text=TEXT, color=own_colour()))
    labels = [{"y": _middle(row), "text": row} for row in ROWS]
    names = alt.Chart(data(labels)).mark_text(
        align="right", baseline="middle", fontSize=sheet.font_size, color=light("quiet")
    )
    layers.append(names.encode(x=pixels(-8), y=y, text=TEXT))
    return finished(layers, sheet, height, top=4)


def _middle(row: str) -> float:
    return TOP + ROW * (ROWS.index(row) + 0.5)


def _ticks(whole: Lane) -> Values:
    """Return the readings: measured ones, and screens by what they showed."""
    values: Values = [
        {"x": at_s, "y": _middle("measured"), "colour": light("fault")} for at_s in whole.measured_s[:MARKS_MAX]
    ]
    colours = {"current": "pass", "old": "unknown", "blank": "overdue"}
    values += [
        {"x": shown.at_s, "y": _middle("shown"), "colour": light(colours.get(shown.style, "fault"))}
        for shown in whole.shown[:MARKS_MAX]
    ]
    return values


def _pushes(whole: Lane, alert_paths: Sequence[str]) -> Values:
    return [
        {
            "x": push.at_s,
            "y": _middle("pushes"),
            "filled": push.detail == "presented",
            "colour": light(path_colour(push.path, alert_paths)),
        }
        for push in whole.pushes[:MARKS_MAX]
    ]


def _bars(whole: Lane, alert_paths: Sequence[str]) -> Values:
    """Return the blind stretch, and every alarm or notice from its beginning until it was cleared."""
    values: Values = [
        {"x": begins, "x2": ends, "y": _middle("blind") - 9, "y2": _middle("blind") + 9, "colour": light(name)}
        for name, begins, ends in segments(whole.silence)
    ]
    for ringing in whole.ringing[:MARKS_MAX]:
        # Each path has a third of the row to itself: several may ring at once. A notice is thinner than an alarm.
        colour = path_colour(ringing.path, alert_paths)
        third = PATH_COLOURS.index(colour) - 1 if colour in PATH_COLOURS else 0
        half = 4.0 if ringing.what == "alarm" else 2.0
        y = _middle("alarms") + 9 * third
        place = {"x": ringing.from_s, "x2": ringing.until_s, "y": y - half, "y2": y + half}
        values.append({**place, "colour": light(colour)})
    return values


def _words(whole: Lane, time: Time, sheet: Sheet) -> Values:
    """Say beside the limit's line what had become of the silence by then, and that nothing came if nothing did."""
    silence = whole.silence
    text, colour = {
        SilenceOutcome.NEVER: ("NEVER ALERTED", "overdue"),
        SilenceOutcome.LATE: ("ALERTED LATE", "unproved"),
    }.get(silence.outcome, ("limit", "ink"))
    if not sheet.is_narrow and text != "limit":
        text = f"limit: {text}"
    second = (time.until_s - time.from_s) / sheet.inner
    right = silence.limit_s + second * (6 + 1.2 * sheet.width_of(text)) <= time.until_s
    place = {"x": silence.limit_s + second * (6 if right else -6), "align": "left" if right else "right"}
    words: Values = [{**place, "y": TOP / 2, "text": text, "colour": light(colour)}]
    if not any(silence.onset_s <= push.at_s <= silence.until_s for push in whole.pushes):
        words.append({**place, "y": _middle("pushes"), "text": "none came", "colour": light("quiet")})
    if not whole.ringing:
        words.append({**place, "y": _middle("alarms"), "text": "none rang", "colour": light("quiet")})
    return words
