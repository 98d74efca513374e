"""Readings are served from a cache that nothing ever makes fresh."""

from __future__ import annotations

from collections.abc import Sequence

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Waiting
from deadair.reference.storage.store import Store


class CachedStore:
    """A store that answers for ever what was found first, whatever has been stored since."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[int, list[tuple[int, int, int]]] = {}

    async def put(self, readings: list[Waiting]) -> None:
        """Hand it on."""
        await self._store.put(readings)

    async def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Look into the store only for a patient of whom nothing was found before."""
        if not self._found.get(patient):
            self._found[patient] = await self._store.latest(patient, since_s=since_s, most=most)
        return self._found[patient]

    async def every(self, patient: int) -> list[tuple[int, int]]:
        """Hand it on."""
        return await self._store.every(patient)

    async def holds(self, readings: Sequence[Waiting]) -> bool:
        """Hand it on."""
        return await self._store.holds(readings)

    async def forget(self, before_s: float, *, after: int, most: int) -> tuple[int, int] | None:
        """Hand it on."""
        return await self._store.forget(before_s, after=after, most=most)

    async def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Hand it on."""
        return await self._store.fresh_lows(since_s)


class CachedBooks(Books):
    """The gateway's books, with a cache before the readings."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.store = CachedStore(self.store)


DEFECT = Defect(
    name="stale-cache",
    what=__doc__,
    seen="Libre, June 2023, where the cloud served for hours the last value from before its maintenance.",
    parts={Books: CachedBooks},
    caught=(Catch("smoke/partition", "freshness"),),
)
