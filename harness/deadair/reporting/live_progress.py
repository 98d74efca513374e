"""Shows a run while it goes on: a live panel on a terminal, calm lines everywhere else.

Showing must never end a run: a closed or broken stream makes this silent, nothing more. It starts no thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deadair.model.clock import Deadline
from deadair.model.progress import Progress, ShowProgress
from deadair.reporting.formatting import duration, milliseconds, one_line

LINE_EVERY_S = 5.0
"""Real seconds between two lines of a log when something changed."""
SIGN_OF_LIFE_S = 30.0
"""Real seconds between two lines when nothing did."""
REDRAW_EVERY_S = 0.125


@contextmanager
def watch(stream: TextIO) -> Iterator[ShowProgress]:
    """Yield the function to call with each ``Progress``. Never raises for what the stream does."""
    quiet = _QuietStream(stream)
    if not quiet.isatty():
        yield _Lines(quiet).show
        return
    console = Console(file=quiet, force_terminal=True)  # type: ignore[arg-type]
    with Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        yield _Panel(live).show


class _QuietStream:
    """A text stream that goes silent for ever once the one beneath it fails, and drops what it cannot encode."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._broken = False

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except (OSError, ValueError, AttributeError):
            return False

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, text: str) -> int:
        if self._broken:
            return len(text)
        encodable = text.encode(self.encoding, "replace").decode(self.encoding, "replace")
        try:
            self._stream.write(encodable)
        except (OSError, ValueError):
            self._broken = True
        return len(text)

    def flush(self) -> None:
        if self._broken:
            return
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._broken = True


class _Lines:
    """One line per note, one per phase, and one each few seconds of changes."""

    def __init__(self, stream: _QuietStream) -> None:
        self._stream = stream
        self._phase = ""
        self._note = ""
        self._shown: tuple[object, ...] = ()
        self._next_line = Deadline.after(0)
        self._sign_of_life = Deadline.after(0)

    def show(self, progress: Progress) -> None:
        # A note that is handed in again and again with each sample is one note.
        if progress.note and progress.note != self._note:
            self._print(one_line(progress.note, 300))
        self._note = progress.note
        state = (progress.faults_active, progress.blind, progress.open_deadlines, progress.alerted, progress.late)
        changed = state != self._shown and self._next_line.passed()
        if progress.phase != self._phase or changed or self._sign_of_life.passed():
            self._phase, self._shown = progress.phase, state
            self._next_line = Deadline.after(LINE_EVERY_S)
            self._sign_of_life = Deadline.after(SIGN_OF_LIFE_S)
            self._print(_line(progress))

    def _print(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


def _line(progress: Progress) -> str:
    parts = [one_line(progress.phase, 40).replace("_", "-")]
    if progress.lasts_s > 0:
        parts[0] += f" {duration(progress.at_s)} of {duration(progress.lasts_s)}"
    if progress.phones:
        parts.append(f"blind {progress.blind:,} of {progress.phones:,}")
        parts.append(f"open {progress.open_deadlines:,}, alerted {progress.alerted:,}, late {progress.late:,}")
    if progress.faults_active:
        parts.append("faults: " + one_line(", ".join(progress.faults_active), 300))
    if progress.fleet_lag_ms is not None:
        parts.append(f"fleet lag {milliseconds(progress.fleet_lag_ms)}")
    return " | ".join(parts)


class _Panel:
    """A panel that is redrawn in place; notes scroll away above it."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._note = ""
        self._phase = ""
        self._next_redraw = Deadline.after(0)

    def show(self, progress: Progress) -> None:
        if progress.note and progress.note != self._note:
            self._live.console.print(Text("· " + one_line(progress.note, 300)))
        self._note = progress.note
        if progress.phase != self._phase or self._next_redraw.passed():
            self._phase = progress.phase
            self._next_redraw = Deadline.after(REDRAW_EVERY_S)
            self._live.update(panel(progress), refresh=True)


def panel(progress: Progress) -> Panel:
    """Return the panel for one moment of a run."""
    head = Table.grid(padding=(0, 2), expand=True)
    head.add_column(no_wrap=True)
    head.add_column(ratio=1)
    head.add_column(no_wrap=True, justify="right")
    phase = Text(one_line(progress.phase, 40).replace("_", "-"), style="bold")
    if progress.lasts_s > 0:
        done = min(max(progress.at_s, 0.0), progress.lasts_s)
        bar = ProgressBar(total=progress.lasts_s, completed=done)
        head.add_row(phase, bar, Text(f"{duration(progress.at_s)} of {duration(progress.lasts_s)}"))
    else:
        head.add_row(phase, Text(""), Text(""))
    # Not a table: on a narrow terminal its columns would break words.
    figures = Text("   ").join(_figure(*each) for each in _figures(progress))
    faults = Text("faults now  ", style="dim")
    active = "  ·  ".join(one_line(fault, 80) for fault in progress.faults_active)
    faults.append(active or "none", style="bold yellow" if active else "dim")
    return Panel(Group(head, faults, figures), title="Dead Air", title_align="left", border_style="dim")


def _figures(progress: Progress) -> Iterator[tuple[str, str, str]]:
    yield "blind", f"{progress.blind:,} of {progress.phones:,}", "bold" if progress.blind else ""
    yield "open deadlines", f"{progress.open_deadlines:,}", "bold yellow" if progress.open_deadlines else ""
    yield "alerted", f"{progress.alerted:,}", "bold green" if progress.alerted else ""
    yield "late", f"{progress.late:,}", "bold red" if progress.late else ""
    lag = "–" if progress.fleet_lag_ms is None else milliseconds(progress.fleet_lag_ms)
    yield "fleet lag", lag, ""


def _figure(label: str, value: str, style: str) -> Text:
    return Text.assemble((label + " ", "dim"), (value, style))
