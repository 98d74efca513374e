"""What a command says on a terminal: lines on stdout, complaints on stderr, an error in one line.

Whoever reads it may go away (``deadair run … | head``): then nothing is said any more, and the work goes on to its own
exit code. Knows no verb and no run.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deadair.model.errors import DeadAirError
from deadair.model.excerpt import printable
from deadair.model.report_error import ReportError
from deadair.model.verdict import Exit, worst_exit
from deadair.reporting.terminal_width import columns_of, wrapped

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def say(*texts: str, as_is: bool = False) -> None:
    """Print each text, broken between words where a terminal is narrow; ``as_is``: what is to be copied is not."""
    columns = None if as_is else columns_of(sys.stdout)
    with suppress(BrokenPipeError):
        for text in texts:
            typer.echo(_for_people(text, columns))


def complain(text: str) -> None:
    """Print a text on stderr."""
    complain_as_is(f"deadair: {text}")


def complain_as_is(text: str) -> None:
    """Print a text on stderr without our name before it."""
    with suppress(BrokenPipeError):
        typer.echo(_for_people(text, columns_of(sys.stderr)), err=True)


def _for_people(text: str, columns: int | None) -> str:
    """Return lines that break between words, with no character that a terminal would obey."""
    return "\n".join(wrapped(printable(line), columns) for line in text.split("\n"))


def explain(error: BaseException, about: str = "") -> Exit:
    """Tell an error in one line and return its exit code. Of one that nobody foresaw, the traceback is kept."""
    lead = f"{about}: " if about else ""
    if _interrupted(error):
        complain(f"{lead}stopped")
        return Exit.ABORTED
    if isinstance(error, DeadAirError):
        unforeseen = error.__cause__ if isinstance(error, ReportError) else None
        kept = "" if unforeseen is None or isinstance(unforeseen, DeadAirError) else f"; {_keep(unforeseen)}"
        complain(f"{lead}{error}{kept}")
        return error.exit
    if isinstance(error, FileNotFoundError) and _stands_nowhere():
        complain(f"{lead}the current folder is gone: change to one that is there, or name every path in full")
        return Exit.USAGE
    complain(f"{lead}{in_a_line(error)}; {_keep(error)}")
    return Exit.HARNESS


def _stands_nowhere() -> bool:
    """Say whether the folder that this process stands in is gone."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False


def _interrupted(error: BaseException | None) -> bool:
    """Say whether it is an interrupt, or what a library made of one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | typer.Abort):
            return True
        error = error.__cause__ or error.__context__
    return False


def in_a_line(error: BaseException) -> str:
    """Return an error as a clause: what was foreseen in its own words, anything else by its kind."""
    if isinstance(error, DeadAirError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "it was stopped"
    return f"an error of the harness itself ({type(error).__name__}: {' '.join(str(error).split())})"


def _keep(error: BaseException) -> str:
    """Write the traceback to the one file that there is for it, over that of an earlier process, and say where."""
    file = _errors_file(os.environ)
    if file is None:
        return "its traceback was not kept, for there is no home folder to keep it in"
    ours = f"process {os.getpid()}\n"
    told = ours + "".join(traceback.format_exception(error))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text("utf-8") if file.exists() else ""
        file.write_text(before + told if before.startswith(ours) else told, "utf-8", errors="backslashreplace")
    except (OSError, ValueError) as failure:
        return f"its traceback could not be kept ({failure})"
    return f"its traceback is in {file}"


def _errors_file(environ: Mapping[str, str]) -> Path | None:
    """Return where tracebacks go: into the user's folder for such things, never where temporary files pile up."""
    named, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "deadair/last-errors.log"
    return Path(home) / ".local/state/deadair/last-errors.log" if Path(home).is_absolute() else None


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
