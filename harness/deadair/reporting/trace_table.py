"""The trace of one phone as rows: for the terminal's table and for the report's."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadair.model.phone_trace import PhoneTrace, TraceStep
from deadair.model.plural import count
from deadair.reporting.formatting import clock_time, duration, one_line

STEPS_MAX = 300
"""How many steps are shown: the newest, for what is asked is how it came to be so. All are in trace.json."""
WIDTH = 110
HEADS = ("time", "where", "what", "measured at", "age", "more")

TraceRow = tuple[str, str, str, str, str, str]


def newest(trace: PhoneTrace) -> tuple[TraceStep, ...]:
    """Return the steps that are shown."""
    return trace.steps[-STEPS_MAX:]


def trace_title(trace: PhoneTrace) -> str:
    """Say whom the trace follows, and until when."""
    ends = "" if trace.until_s is None else f", until {clock_time(trace.until_s)}"
    return f"phone {trace.phone}, following patient {trace.patient}{ends}: {count(len(trace.steps), 'step')}"


def left_out(trace: PhoneTrace) -> str:
    """Say what is not shown; empty if everything is."""
    more = len(trace.steps) - STEPS_MAX
    return f"{count(more, 'earlier step')}: see trace.json" if more > 0 else ""


def trace_rows(trace: PhoneTrace) -> tuple[TraceRow, ...]:
    """Return a row for each step that is shown, under ``HEADS``."""
    return tuple(
        (
            clock_time(step.at_s),
            one_line(step.where, 40),
            one_line(step.what, 40),
            clock_time(step.measured_s),
            "–" if step.age_s is None else duration(round(step.age_s)),
            one_line(step.detail, 60),
        )
        for step in newest(trace)
    )


def print_trace(trace: PhoneTrace, stream: TextIO) -> None:
    """Print the table. Where it is no terminal, a line holds what it must."""
    console = Console(file=stream, highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    console.print(Text(trace_title(trace), style="bold"))
    if more := left_out(trace):
        console.print(Text(more, style="dim"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in HEADS:
        table.add_column(head, justify="right" if head in ("time", "measured at", "age") else "left")
    for row in trace_rows(trace):
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
