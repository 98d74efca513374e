"""Shows how far some long work is, a line now and then. Knows no terminal: it is told how to say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from deadair.model.clock import Deadline

SHOWN_EVERY_S = 5.0
LOGGED_EVERY_S = 30.0
"""Real seconds between two lines once a minute is over, where nobody sits at a terminal."""
FIRST_S = 60.0


class LongWork(Protocol):
    """Work that knows how long it has taken."""

    took_s: float


_Work = TypeVar("_Work", bound=LongWork)


class ProgressLines(Generic[_Work]):
    """``line``: how far the work is, for people; ``often``: somebody sits there."""

    def __init__(self, tell: Callable[[str], None], line: Callable[[_Work], str], *, often: bool) -> None:
        self._tell = tell
        self._line = line
        self._often = often
        self._next = Deadline.after(SHOWN_EVERY_S)

    def show(self, work: _Work) -> None:
        """Show it if it is time to."""
        if self._next.passed():
            often = self._often or work.took_s < FIRST_S
            self._next = Deadline.after(SHOWN_EVERY_S if often else LOGGED_EVERY_S)
            self._tell(self._line(work))
