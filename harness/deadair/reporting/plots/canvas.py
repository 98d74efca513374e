"""What all charts share: the sheet they are drawn on, the axis of time, fault bands.

Every chart is laid out by hand (fixed margins, no legend, no fitting), so that charts of one page line up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from deadair.reporting.palette import light

Values = list[dict[str, Any]]

TOP, BOTTOM = 8, 30
"""The margins above and below a drawing, in pixels: the axis of time stands in the lower."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The width a chart is drawn for, with its margins, in pixels."""

    width: int
    left: int
    right: int
    font_size: int

    @property
    def inner(self) -> int:
        """Return the width left for the drawing itself."""
        return self.width - self.left - self.right

    @property
    def is_narrow(self) -> bool:
        """Say whether words must be kept short."""
        return self.width < 600

    def width_of(self, text: str) -> float:
        """Return about how many pixels a text takes; the page's font is not known here, so rather too many."""
        return len(text) * self.font_size * 0.64


WIDE = Sheet(width=1120, left=92, right=20, font_size=13)
NARROW = Sheet(width=358, left=66, right=10, font_size=11)


# As objects, not as strings and plain values: of those, altair looks for the channel by way of its whole schema.
X2, Y2, TEXT = alt.X2("x2:Q"), alt.Y2("y2:Q"), alt.Text("text:N")


def pixels(x: float) -> alt.XValue:
    """Return a place that many pixels from the left edge of the drawing."""
    return alt.XValue(x)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of the run as an axis, in the unit that reads best."""

    from_s: float
    until_s: float

    @property
    def unit(self) -> tuple[str, float]:
        """Return the unit's name and its seconds."""
        span = self.until_s - self.from_s
        if span > 10 * 3600:
            return "h", 3600.0
        return ("min", 60.0) if span > 180 else ("s", 1.0)

    def ticks(self, sheet: Sheet) -> list[float]:
        """Return round moments in seconds, as many as the sheet has room for."""
        size = self.unit[1]
        room = max(2, sheet.inner // 75)
        steps = [step * size for step in (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600)]
        step = next((s for s in steps if (self.until_s - self.from_s) / s <= room), steps[-1])
        first = math.ceil(self.from_s / step)
        return [number * step for number in range(first, math.floor(self.until_s / step) + 1)][:200]

    def x(self, field: str, sheet: Sheet) -> alt.X:
        """Return the encoding of a field of seconds on this stretch."""
        name, size = self.unit
        axis = alt.Axis(
            values=self.ticks(sheet),
            labelExpr=f"(datum.value < 0 ? '−' : '') + format(abs(datum.value) / {size}, '~r') + ' {name}'",
            title=None,
            grid=True,
            labelFlush=False,
        )
        scale = alt.Scale(domain=[self.from_s, self.until_s], nice=False, zero=False, clamp=True)
        return alt.X(f"{field}:Q", axis=axis, scale=scale)


def data(values: Values) -> alt.InlineData:
    """Return values as a chart's own data."""
    return alt.InlineData(values=values)


def rows_y(field: str, bottom: float) -> alt.Y:
    """Return a vertical encoding without an axis that counts downwards from 0 to ``bottom``."""
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[bottom, 0.0], nice=False, zero=False))


def own_colour() -> alt.Color:
    """Return an encoding for values that carry their own ``colour``."""
    return alt.Color("colour:N", scale=None, legend=None)


def finished(
    layers: Sequence[alt.Chart], sheet: Sheet, height: int, *, top: int = TOP, bottom: int = BOTTOM
) -> dict[str, Any]:
    """Return layers as the specification that is drawn, on its sheet, in the report's colours.

    ``height`` is that of the sheet, with the margins ``top`` and ``bottom``.
    """
    # Said all at once: each word added to a chart later copies the whole of it, with its data.
    whole = alt.LayerChart(
        layer=layers,
        width=sheet.inner,
        height=height,
        autosize=alt.AutoSizeParams(type="none", contains="padding"),
        padding={"left": sheet.left, "right": sheet.right, "top": top, "bottom": bottom},
        background="transparent",
        config=alt.Config(
            aria=False,
            font="sans-serif",
            view=alt.ViewConfig(stroke=None),
            text=alt.MarkConfig(fontSize=sheet.font_size, color=light("ink")),
            axis=alt.AxisConfig(
                labelFontSize=sheet.font_size,
                labelColor=light("quiet"),
                titleColor=light("quiet"),
                titleFontSize=sheet.font_size,
                titleFontWeight="normal",
                gridColor=light("line"),
                domainColor=light("line"),
                tickColor=light("line"),
            ),
        ),
    )
    # The specification is made of nothing but this package's own calls: validating it costs more than drawing it.
    spec: dict[str, Any] = whole.to_dict(validate=False)
    return spec
