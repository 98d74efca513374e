"""Of the readings that a device hands in together after a gap it keeps the newest, and acknowledges them all."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting


class InboxOfTheNewest(Inbox):
    """Keeps what somebody will look at now."""

    def append(self, readings: list[Waiting]) -> None:
        """Drop what is older than another of the same patient."""
        newest = {one.patient: one for one in sorted(readings, key=lambda one: one.measured_s)}
        super().append(list(newest.values()))


class BooksOfTheNewest(Books):
    """The gateway's books, with that inbox."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.inbox = InboxOfTheNewest(env)


DEFECT = Defect(
    name="keeps-newest-only",
    what=__doc__,
    seen="No report of one was found. A gap in a curve of the past is looked at by nobody.",
    parts={Books: BooksOfTheNewest},
    caught=(Catch("smoke/lows", "nothing_lost"),),
)
