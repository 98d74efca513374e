"""The ways in which a run ends early, and how its end is asked for. Knows no engine."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder

ASKED_BY = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "the runner was told to end (SIGTERM)",
    signal.SIGHUP: "the runner's terminal went away (SIGHUP)",
}


class AbortedError(Exception):
    """Somebody asked for the run to end; the text is who and why."""


class TroubleError(Exception):
    """A part of the harness failed; the text is one sentence of what."""


class WallLimitError(HarnessError):
    """The run outlived its hard limit."""


@contextmanager
def signals_as_requests(folder: RunFolder, *, insistent: bool = False) -> Iterator[None]:
    """While inside, Ctrl-C, SIGTERM and SIGHUP ask for an abort, as anybody else would.

    A SIGHUP that is ignored, as under ``nohup``, stays so.

    With ``insistent``, where nothing has to be healed, a second one ends the run as it would end any program.
    """

    def ask(number: int, frame: FrameType | None) -> None:
        request_abort(folder, ASKED_BY[signal.Signals(number)])
        if insistent:
            signal.signal(number, before[signal.Signals(number)])

    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        for number in ASKED_BY:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
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
