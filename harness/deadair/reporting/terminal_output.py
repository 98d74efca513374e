"""What a command says on a terminal: lines on stdout, complaints on stderr, an error in one line.

Whoever reads it may go away (``deadair run … | head``): then nothing is said any more, and the work goes on to its own
exit code. Knows no verb and no run.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from deadair.model.errors import DeadAirError, ReportError
from deadair.model.verdict import Exit, worst_exit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def say(*lines: str) -> None:
    """Print each line."""
    with suppress(BrokenPipeError):
        for line in lines:
            typer.echo(line)


def complain(text: str) -> None:
    """Print a line on stderr."""
    with suppress(BrokenPipeError):
        typer.echo(f"deadair: {text}", err=True)


def explain(error: BaseException, about: str = "") -> Exit:
    """Tell an error in one line and return its exit code. Of one that nobody foresaw, the traceback is kept."""
    lead = f"{about}: " if about else ""
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        complain(f"{lead}stopped")
        return Exit.ABORTED
    if isinstance(error, DeadAirError):
        unforeseen = error.__cause__ if isinstance(error, ReportError) else None
        kept = "" if unforeseen is None or isinstance(unforeseen, DeadAirError) else f"; {_keep(unforeseen)}"
        complain(f"{lead}{error}{kept}")
        return error.exit
    complain(f"{lead}{in_a_line(error)}; {_keep(error)}")
    return Exit.HARNESS


def in_a_line(error: BaseException) -> str:
    """Return an error as a clause: what was foreseen in its own words, anything else by its kind."""
    if isinstance(error, DeadAirError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "it was stopped"
    return f"an error of the harness itself ({type(error).__name__}: {' '.join(str(error).split())})"


def _keep(error: BaseException) -> str:
    """Write the traceback to a file and say where."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="deadair-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            traceback.print_exception(error, file=file)
    except OSError as failure:
        return f"its traceback could not be kept ({failure})"
    return f"its traceback is in {file.name}"


class Outlet(io.RawIOBase):
    """What lies beneath a text stream: takes everything, also once it cannot be passed on any more."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.lost: OSError | None = None
        """Why nothing is passed on any more."""

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor beneath."""
        return self._number

    def isatty(self) -> bool:
        """Say whether somebody sits before it."""
        return os.isatty(self._number)

    def write(self, data: ReadableBuffer, /) -> int:
        """Pass it on if that is possible; never raises."""
        if self.lost is None:
            try:
                return os.write(self._number, data)
            except OSError as error:
                self.lost = error
        return memoryview(data).nbytes


def with_lasting_output(job: Callable[[], int]) -> int:
    """Do a job whose output may lose its reader, and return its exit code: a reader that goes away changes nothing.

    Output that is lost otherwise, such as to a full disk, is trouble. Also, no character is ever one too many for the
    terminal's encoding.
    """
    outlets = [_replace(name) for name in ("stdout", "stderr")]
    code = job()
    for name in ("stdout", "stderr"):
        getattr(sys, name).flush()
    for outlet in outlets:
        if outlet is not None and outlet.lost is not None and not isinstance(outlet.lost, BrokenPipeError):
            complain(f"not all could be printed ({outlet.lost.strerror}); make room where the output goes")
            code = worst_exit([Exit(code), Exit.HARNESS])
    return code


def _replace(name: str) -> Outlet | None:
    """Put an outlet beneath ``sys.stdout`` or ``sys.stderr``; beneath one that is closed, nothing."""
    stream = getattr(sys, name)
    if stream is None:
        setattr(sys, name, io.StringIO())
        return None
    outlet = Outlet(stream.fileno())
    writer = io.BufferedWriter(outlet)
    setattr(
        sys, name, io.TextIOWrapper(writer, encoding=stream.encoding, errors="backslashreplace", line_buffering=True)
    )
    return outlet
