"""The run at a glance: its phases, and each fault as a band that says in words what was proved of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from deadair.model.judgement import FaultReport
from deadair.reporting.formatting import one_line
from deadair.reporting.palette import light
from deadair.reporting.plots.canvas import TEXT, X2, Y2, Sheet, Time, Values, data, finished, own_colour, pixels, rows_y
from deadair.reporting.run_story import Story
from deadair.reporting.sentences import fault_is_sound, fault_state

FAULTS_MAX = 40
ROW = 38
"""Pixels for one fault: a line of words above, its band below."""
PHASES = 30


def timeline(story: Story, faults: Sequence[FaultReport], sheet: Sheet) -> dict[str, Any]:
    """Draw the phases and the faults."""
    time = Time(story.from_s, story.until_s)
    shown = faults[:FAULTS_MAX]
    height = PHASES + ROW * len(shown) + 8
    x, y = time.x("x", sheet), rows_y("y", height)
    bands, words = _phases(story)
    for number, fault in enumerate(shown):
        top = PHASES + ROW * number
        begins = story.from_s if fault.begun_at_s is None else fault.begun_at_s
        ends = story.until_s if fault.healed_at_s is None else fault.healed_at_s
        sound = fault_is_sound(fault)
        if fault.begun:
            colour = light("fault" if sound else "unproved")
            bands.append({"x": begins, "x2": max(ends, begins), "y": top + 22, "y2": top + 34, "colour": colour})
        words.append({**_words(fault, (begins, ends), time, sheet), "y": top + 12})
    rects = alt.Chart(data(bands)).mark_rect(clip=True).encode(x=x, x2=X2, y=y, y2=Y2, color=own_colour())
    layers: list[alt.Chart] = [rects]
    for align in ("left", "right", "center"):
        of_align = [word for word in words if word["align"] == align]
        text = alt.Chart(data(of_align)).mark_text(align=align, baseline="middle", fontSize=sheet.font_size)
        # A narrow sheet has no room for words beside a late band: there they all begin at its left edge.
        place = pixels(2 - sheet.left) if sheet.is_narrow and align == "left" else x
        layers.append(text.encode(x=place, y=y, text=TEXT, color=own_colour()))
    return finished(layers, sheet, height)


def _phases(story: Story) -> tuple[Values, Values]:
    bands: Values = []
    words: Values = []
    for phase in story.phases:
        place = {"x": phase.from_s, "x2": phase.until_s, "y": 2, "y2": 24}
        bands.append({**place, "colour": light("phase" if phase.name != "storm" else "excused")})
        middle = (phase.from_s + phase.until_s) / 2
        name = phase.name.replace("_", "-")
        words.append({"x": middle, "y": 13, "text": name, "colour": light("ink"), "align": "center"})
    return bands, words


def _words(fault: FaultReport, lasted: tuple[float, float], time: Time, sheet: Sheet) -> dict[str, Any]:
    """Place a fault's words over its band, or back from the band's end where they would run out of the sheet."""
    text = one_line(f"{fault.id}  {fault.kind}  {fault.where}: {fault_state(fault)}", 54 if sheet.is_narrow else 90)
    needed = sheet.width_of(text) / sheet.inner * (time.until_s - time.from_s)
    begins, ends = lasted
    x, align = begins, "left"
    if not sheet.is_narrow and begins + needed > time.until_s:
        x, align = min(ends, time.until_s), "right"
    return {"x": x, "text": text, "align": align, "colour": light("ink" if fault_is_sound(fault) else "unproved")}
