"""The ways in which a run ends early, and how its end is asked for. Knows no engine."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder


class AbortedError(Exception):
    """Somebody asked for the run to end; the text is who and why."""


class TroubleError(Exception):
    """A part of the harness failed; the text is one sentence of what."""


class WallLimitError(HarnessError):
    """The run outlived its hard limit."""


@contextmanager
def signals_as_requests(folder: RunFolder, *, insistent: bool = False) -> Iterator[None]:
    """While inside, Ctrl-C and SIGTERM ask for an abort, as anybody else would.

    With ``insistent``, where nothing has to be healed, a second one ends the run as it would end any program.
    """

    def ask(number: int, frame: FrameType | None) -> None:
        request_abort(folder, "Ctrl-C" if number == signal.SIGINT else "the runner was told to end (SIGTERM)")
        if insistent:
            signal.signal(number, before[signal.Signals(number)])

    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, ask)
    except ValueError:
        pass  # Only the main thread has signals; elsewhere an abort is asked for by file.
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def request_abort(folder: RunFolder, reason: str) -> None:
    """Ask for an abort, unless somebody did before. Raises OSError if the run folder cannot be written."""
    if not folder.abort_request.exists():
        fresh = folder.abort_request.with_suffix(".new")
        fresh.write_text(reason, "utf-8", errors="replace")
        fresh.replace(folder.abort_request)
