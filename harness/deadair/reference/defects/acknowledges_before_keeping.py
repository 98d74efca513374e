"""Acknowledges a reading first, and writes it down a quarter of a minute later."""

from __future__ import annotations

import asyncio

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting


class InboxInMemory(Inbox):
    """Collects readings, for writing many at once is cheaper."""

    def __init__(self, env: Env, every_s: float) -> None:
        super().__init__(env)
        self._every_s = every_s

    def append(self, readings: list[Waiting]) -> None:
        """Write them down with the next lot."""
        asyncio.get_running_loop().call_later(self._every_s, super().append, readings)


class HastyBooks(Books):
    """The gateway's books, with that inbox."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.inbox = InboxInMemory(env, settings.heartbeat_every_s / 2)


DEFECT = Defect(
    name="acknowledges-before-keeping",
    what=__doc__,
    seen="No report of one was found in a follow service: what is lost so, nobody knows to have been there.",
    parts={Books: HastyBooks},
    caught=(Catch("smoke/every-node-dies", "nothing_lost"),),
)
