"""Turns charts into static SVG, each once for a wide and once for a narrow page, ready to stand inside one page.

Loads the drawing engine when it is first asked to draw, not before: it takes most of a second. It may not reach
the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from zlib import crc32

from deadair.model.judgement import Judgement
from deadair.model.phone_trace import PhoneTrace
from deadair.model.plural import count
from deadair.reporting.formatting import clean
from deadair.reporting.run_story import Lane, Story
from deadair.reporting.trace_table import trace_title

if TYPE_CHECKING:
    from deadair.reporting.plots.canvas import Sheet


UNDRAWN = "This chart could not be drawn"
"""How the sentence begins that stands in the place of a chart."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart on both sheets, or the sentence that stands in its place."""

    wide: str = ""
    narrow: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts of a report."""

    timeline: Figure
    blind: Figure
    every_silence: Figure
    time_to_alert: Figure
    lanes: tuple[Figure, ...]
    trace: Figure | None
    """None: nobody asked for one."""


def draw(story: Story, judgement: Judgement) -> Charts:
    """Draw everything that the story has the material for; where there is no drawing engine, say so in each place."""
    try:
        return _drawn(story, judgement)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - as for one chart
        none = _instead(error)
        lanes = tuple(none for _ in story.lanes)
        return Charts(none, none, none, none, lanes, trace=None if story.trace is None else none)


def _drawn(story: Story, judgement: Judgement) -> Charts:
    from deadair.reporting.plots.blind import blind  # noqa: PLC0415 - see the module's docstring
    from deadair.reporting.plots.every_silence import every_silence  # noqa: PLC0415
    from deadair.reporting.plots.lane import lane  # noqa: PLC0415
    from deadair.reporting.plots.sequence import sequence  # noqa: PLC0415
    from deadair.reporting.plots.time_to_alert import time_to_alert  # noqa: PLC0415
    from deadair.reporting.plots.timeline import timeline  # noqa: PLC0415

    whole = story.until_s > story.from_s
    no_time = "The history does not say when the run began and ended, so there is no axis to draw on."
    no_silence = "Nobody went blind in this run, as far as the history can be read."

    def about_silences(label: str, make: Callable[[Sheet], dict[str, Any]]) -> Figure:
        if not whole:
            return Figure(instead=no_time)
        return _figure(label, make) if story.silences else Figure(instead=no_silence)

    def about_lane(whole: Lane, sheet: Sheet) -> dict[str, Any]:
        return lane(whole, story.alert_paths, sheet)

    times = f"{count(len(story.phases), 'phase')} and {count(len(judgement.faults), 'fault')}"
    of_silences = count(len(story.silences), "silence")
    return Charts(
        timeline=_figure(f"Timeline of the run: {times}.", lambda sheet: timeline(story, judgement.faults, sheet))
        if whole
        else Figure(instead=no_time),
        blind=about_silences(
            f"Blind phones over time: {of_silences}.", lambda sheet: blind(story, judgement.faults, sheet)
        ),
        every_silence=about_silences(
            f"Every silence as a line: {of_silences}.", lambda sheet: every_silence(story, sheet)
        ),
        time_to_alert=about_silences(
            f"Time from onset to the first alert: {of_silences}.", lambda sheet: time_to_alert(story, sheet)
        ),
        lanes=tuple(_lane_figure(each, about_lane) for each in story.lanes),
        trace=None if story.trace is None else _trace_figure(story.trace, sequence),
    )


def _lane_figure(shown: Lane, lane: Callable[[Lane, Sheet], dict[str, Any]]) -> Figure:
    label = f"The silence of phone {shown.silence.phone}: readings, pushes and alarms around it."
    return _figure(label, lambda sheet: lane(shown, sheet))


def _trace_figure(trace: PhoneTrace, sequence: Callable[[PhoneTrace, Sheet], dict[str, Any]]) -> Figure:
    if not trace.steps:
        return Figure(instead="Nothing had happened by then: the trace is empty.")
    return _figure(f"The way of readings and alarms: {trace_title(trace)}.", lambda sheet: sequence(trace, sheet))


def _figure(label: str, make: Callable[[Sheet], dict[str, Any]]) -> Figure:
    try:
        from altair.utils.schemapi import debug_mode  # noqa: PLC0415

        from deadair.reporting.plots.canvas import NARROW, WIDE  # noqa: PLC0415

        # Checking every value against the schema costs more than drawing it; the tests draw with the checks on.
        with debug_mode(False):
            return Figure(wide=svg(make(WIDE), label), narrow=svg(make(NARROW), label))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a chart that cannot be drawn must not cost the report
        return _instead(error)


def _instead(error: BaseException) -> Figure:
    """Return what stands in the place of a chart; an engine that panics raises what is no Exception."""
    return Figure(instead=f"{UNDRAWN} ({clean(error, 200)}). The tables hold the same figures.")


def svg(spec: dict[str, Any], label: str) -> str:
    """Draw a specification as an SVG element that can stand beside others on one page."""
    import vl_convert  # noqa: PLC0415

    drawn: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    size = re.match(r"<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>", drawn)
    if size is None:
        raise ValueError("the drawing engine answered with something that is no SVG")
    body = drawn[size.end() : -len("</svg>")]
    # Every drawing numbers its clip paths from 0; on one page they must differ.
    own = f"c{crc32(body.encode()):08x}-"
    body = body.replace('id="clip', f'id="{own}clip').replace("url(#clip", f"url(#{own}clip")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[1]} {size[2]}" role="img" '
        f'aria-label="{escape(label, quote=True)}"><title>{escape(label)}</title>{body}</svg>'
    )
