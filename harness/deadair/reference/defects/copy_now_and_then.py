"""Readings are served from a copy of the store that is made anew every five minutes."""

from __future__ import annotations

import math

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.defects.stale_cache import CachedStore
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.store import Store

EVERY_SHARE = 0.5
"""How often it is made, as a share of the time for which a reading is fresh."""


class CopiedStore(CachedStore):
    """Answers what was in the store when the copy was made."""

    def __init__(self, store: Store, env: Env, every_s: float) -> None:
        super().__init__(store)
        self._env = env
        self._every_s = every_s
        self._number = -1

    async def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Look into the copy, or into the store if it is time for another copy."""
        number = math.floor(self._env.now() / self._every_s)
        if number != self._number:
            self._number, self._found = number, {}
        return await super().latest(patient, since_s=since_s, most=most)


class CopiedBooks(Books):
    """The gateway's books, over that copy."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.store = CopiedStore(self.store, env, EVERY_SHARE * settings.fresh_within_s)


DEFECT = Defect(
    name="copy-now-and-then",
    what=__doc__,
    seen="LibreLinkUp, May 2024, where readings reached followers in gaps of up to 20 minutes.",
    parts={Books: CopiedBooks},
    caught=(Catch("smoke/partition", "freshness"),),
)
