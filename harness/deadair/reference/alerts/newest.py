"""The newest reading that the service has of each patient. A phone that shows a newer one has it from elsewhere.

Kept in memory, as readings are taken in and handed out. What was handed out before a restart is in the store, which may
not answer for a while; until it did, a phone is believed what an earlier life could have handed out to it.
"""

from __future__ import annotations

from deadair.reference.env import Env
from deadair.reference.settings import Settings
from deadair.reference.storage.store import Store


class Newest:
    """Of all patients."""

    def __init__(self, env: Env, settings: Settings, store: Store) -> None:
        self._store = store
        self._newest_s: dict[int, int] = {}
        self._asked: set[int] = set()
        """The patients of whom the store has said what it has."""
        self._before_s = env.now() + settings.ahead_max_s
        """No reading that was handed out before this life is newer."""

    def has(self, patient: int, measured_s: int) -> None:
        """Note a reading that was acknowledged, or is handed out."""
        self._newest_s[patient] = max(measured_s, self._newest_s.get(patient, 0))

    def knows(self, patient: int, shown_s: int) -> bool:
        """Say whether it is certain that the service has a reading as new as this."""
        return shown_s <= self._newest_s.get(patient, 0)

    def believes(self, patient: int, shown_s: int) -> bool:
        """Say whether a phone can have this from the service.

        Whom a silent store leaves in doubt, an alarm would be early for an honest phone. For another it is late by no
        more than the age of this life: what is believed so does not grow with the clock.
        """
        return self.knows(patient, shown_s) or (patient not in self._asked and shown_s <= self._before_s)

    async def latest(self, patient: int) -> tuple[int, int, int] | None:
        """Return the newest (measured_s, value, trend) that is stored. Raises StoreUnreachable."""
        rows = await self._store.latest(patient, since_s=0.0, most=1)
        self._asked.add(patient)
        for measured_s, _, _ in rows:
            self.has(patient, measured_s)
        return rows[0] if rows else None
