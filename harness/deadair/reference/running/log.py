"""A process's log: one JSON object a line on standard error, with time, node, event and facts. It is told no secrets.

Of an unexpected error it tells the type and the place, not the message, which may hold what a client sent. Nobody
waits for whoever reads the log: lines that find no room are dropped and counted.
"""

from __future__ import annotations

import contextlib
import io
import sqlite3
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from queue import Full, Queue

import orjson

LINES_WAITING_MAX = 1000
SAME_AGAIN_S = 10.0
"""An error at a place where one was just told is not told again before."""
CLOSE_LIMIT_S = 0.5
STANDARD_ERROR = 2


class Log:
    """The log of one node."""

    def __init__(self, node: str, now: Callable[[], float], file: int = STANDARD_ERROR) -> None:
        self._node = node
        self._now = now
        self._lost = 0
        self._told_s: dict[str, float] = {}
        self._lines: Queue[bytes] = Queue(LINES_WAITING_MAX)
        # Unbuffered, so without the lock that a blocked writer would hold when the process ends.
        self._file = io.FileIO(file, "w", closefd=False)
        self._writer = threading.Thread(target=self._write, name="log", daemon=True)
        self._writer.start()

    def say(self, event: str, **facts: float | str) -> None:
        """Write what happened."""
        now_s = self._now()
        line = {"time": datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds"), "node": self._node}
        if self._lost:
            facts = {**facts, "lines_lost": self._lost}
        try:
            self._lines.put_nowait(orjson.dumps({**line, "event": event, **facts}) + b"\n")
        except Full:
            self._lost += 1
        else:
            self._lost = 0

    def failed(self, event: str, error: BaseException) -> None:
        """Write that something unexpected was raised, and where."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        place = _place(error)
        now_s = self._now()
        if now_s - self._told_s.get(place, 0.0) < SAME_AGAIN_S:
            return
        self._told_s[place] = now_s
        # What the machine says of itself holds nothing that a client sent.
        why = {"why": str(error)} if isinstance(error, sqlite3.Error | OSError) else {}
        self.say(event, type=type(error).__name__, place=place, **why)

    def close(self) -> None:
        """Let what was said be written, if somebody takes it."""
        with contextlib.suppress(Full):
            self._lines.put_nowait(b"")
            self._writer.join(CLOSE_LIMIT_S)

    def _write(self) -> None:
        while line := self._lines.get():
            with contextlib.suppress(OSError):
                self._file.write(line)


def _place(error: BaseException) -> str:
    """Return file and line of the innermost of our own frames, or of the innermost at all."""
    frames = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [one for one in frames if Path(__file__).parents[1] in one[0].parents]
    return next((f"{path.name}:{line}" for path, line in reversed(ours or frames)), "nowhere")
