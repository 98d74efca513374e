"""Acknowledges readings that come in more than three hours late, and throws them away: nobody looks back so far."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting

FRESH_TIMES = 18
"""Three hours, in times for which a reading is fresh."""


class InboxOfTheRecent(Inbox):
    """Keeps what a follower's app shows."""

    def __init__(self, env: Env, late_max_s: float) -> None:
        super().__init__(env)
        self._late_max_s = late_max_s

    def append(self, readings: list[Waiting]) -> None:
        """Drop the others."""
        super().append([one for one in readings if one.arrived_s - one.measured_s <= self._late_max_s])


class BooksOfTheRecent(Books):
    """The gateway's books, with that inbox."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.inbox = InboxOfTheRecent(env, FRESH_TIMES * settings.fresh_within_s)


DEFECT = Defect(
    name="keeps-recent-only",
    what=__doc__,
    seen="No report of one was found. An app shows three hours; nobody misses what is older until a doctor looks.",
    parts={Books: BooksOfTheRecent},
    caught=(Catch("nights/four-hours", "nothing_lost"),),
)
