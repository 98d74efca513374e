"""Shows how far an exploration is, a line now and then. Knows no terminal: it is told how to say it."""

from __future__ import annotations

from collections.abc import Callable

from deadair.explore.exploration import Found
from deadair.explore.exploration_report import progress_line
from deadair.model.clock import Deadline

SHOWN_EVERY_S = 5.0
LOGGED_EVERY_S = 30.0
"""Real seconds between two lines once a minute is over, where nobody sits at a terminal."""
FIRST_S = 60.0


class ProgressLines:
    """``often``: somebody sits there."""

    def __init__(self, tell: Callable[[str], None], *, often: bool) -> None:
        self._tell = tell
        self._often = often
        self._next = Deadline.after(SHOWN_EVERY_S)

    def show(self, found: Found) -> None:
        """Show it if it is time to."""
        if self._next.passed():
            often = self._often or found.took_s < FIRST_S
            self._next = Deadline.after(SHOWN_EVERY_S if often else LOGGED_EVERY_S)
            self._tell(progress_line(found))
