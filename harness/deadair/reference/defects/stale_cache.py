"""Readings are served from a cache that nothing ever makes fresh."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings
from deadair.reference.storage.store import Store


class CachedStore(Store):
    """Answers for ever what it found first, whatever has been stored since."""

    def __init__(self, env: Env) -> None:
        super().__init__(env)
        self._found: dict[int, list[tuple[int, int, int]]] = {}

    def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Look into the store only for a patient of whom nothing was found before."""
        if not self._found.get(patient):
            self._found[patient] = super().latest(patient, since_s=since_s, most=most)
        return self._found[patient]


class CachedBooks(Books):
    """The gateway's books, with a cache before the readings."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.store = CachedStore(env)


DEFECT = Defect(
    name="stale-cache",
    what=__doc__,
    seen="Libre, June 2023, where the cloud served for hours the last value from before its maintenance.",
    parts={Books: CachedBooks},
    caught=(Catch("smoke/partition", "freshness"),),
)
