"""One phone's trace as a message sequence: a lane for each place, a mark for each step, an arrow for each message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from deadair.model.phone_trace import PhoneTrace, TraceStep
from deadair.reporting.palette import light, path_colour
from deadair.reporting.plots.canvas import TEXT, X2, Y2, Sheet, Time, Values, data, finished, own_colour, pixels, rows_y
from deadair.reporting.trace_table import newest

ROW = 46
TOP = 14
SCREENS = {"current": "pass", "old": "unknown", "blank": "overdue"}
SILENT = (", held", ", overtaken", ", clear")
"""What an app does with a push that it does not present."""
LETTERS_MAX = 8
"""Of a lane's name, where the sheet is narrow."""


def sequence(trace: PhoneTrace, sheet: Sheet) -> dict[str, Any]:
    """Draw the newest steps of a trace, which has some."""
    steps = newest(trace)
    time = _time(steps)
    y_of = {name: TOP + ROW * (number + 0.5) for number, name in enumerate(trace.lanes)}
    height = TOP + ROW * len(y_of) + 4
    x, y = time.x("x", sheet), rows_y("y", height)
    lines = [{"x": time.from_s, "x2": time.until_s, "y": at} for at in y_of.values()]
    arrows = _arrows(steps, y_of, trace.alert_paths)
    layers: list[alt.Chart] = [
        alt.Chart(data(lines)).mark_rule(color=light("line")).encode(x=x, x2=X2, y=y),
        alt.Chart(data(arrows)).mark_rule(strokeWidth=1.2).encode(x=x, y=y, y2=Y2, color=own_colour()),
    ]
    for shape, down in (("triangle-down", True), ("triangle-up", False)):
        heads = [{**arrow, "y": arrow["y2"] + (-7 if down else 7)} for arrow in arrows if arrow["down"] is down]
        layers.append(
            alt.Chart(data(heads))
            .mark_point(shape=shape, size=34, filled=True, opacity=1)
            .encode(x=x, y=y, color=own_colour())
        )
    for filled in (True, False):
        marks = [mark for mark in _marks(steps, y_of, trace.alert_paths) if mark["filled"] is filled]
        points = alt.Chart(data(marks)).mark_point(shape="circle", size=46, filled=filled, opacity=1)
        layers.append(points.encode(x=x, y=y, color=own_colour()))
    names = [{"y": at, "text": _short(name) if sheet.is_narrow else name} for name, at in y_of.items()]
    labels = alt.Chart(data(names)).mark_text(
        align="right", baseline="middle", fontSize=sheet.font_size, color=light("quiet")
    )
    layers.append(labels.encode(x=pixels(-8), y=y, text=TEXT))
    return finished(layers, sheet, height, top=4)


def colour_of(step: TraceStep, alert_paths: Sequence[str]) -> str:
    """Return the name of a step's colour: what went wrong is red, a screen as it looked, an alert by its path."""
    if step.detail.startswith(("NO ANSWER", "REFUSED")):
        return "overdue"
    if step.what == "shown":
        return SCREENS.get(step.detail, "fault")
    return path_colour(step.alert_path, alert_paths)


def _short(name: str) -> str:
    """Return the first word of a lane's name, cut to what a narrow sheet has room for."""
    word = name.split(maxsplit=1)[0]
    return word if len(word) <= LETTERS_MAX else f"{word[: LETTERS_MAX - 1]}…"


def _time(steps: tuple[TraceStep, ...]) -> Time:
    """Return the stretch of the drawn steps with a little room at both ends."""
    from_s, until_s = steps[0].at_s, steps[-1].at_s
    room_s = max(5.0, (until_s - from_s) * 0.01)
    return Time(from_s - room_s, until_s + room_s)


def _arrows(steps: tuple[TraceStep, ...], y_of: dict[str, float], alert_paths: Sequence[str]) -> Values:
    return [
        {
            "x": step.at_s,
            "y": y_of[step.source],
            "y2": y_of[step.where],
            "down": y_of[step.where] > y_of[step.source],
            "colour": light(colour_of(step, alert_paths)),
        }
        for step in steps
        if step.source
    ]


def _marks(steps: tuple[TraceStep, ...], y_of: dict[str, float], alert_paths: Sequence[str]) -> Values:
    """Return a dot for each step; hollow: requests, and pushes and alarms that nobody was presented with."""
    return [
        {
            "x": step.at_s,
            "y": y_of[step.where],
            "filled": step.what not in ("poll", "uploaded", "cleared") and not step.detail.endswith(SILENT),
            "colour": light(colour_of(step, alert_paths)),
        }
        for step in steps
    ]
