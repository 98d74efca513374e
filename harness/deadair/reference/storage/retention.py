"""What is removed for its age, and when: patient by patient, a small part at a time. Knows no store and no clock.

A pass begins with the patient of the lowest number. Between two passes there is a rest, for nobody's readings become
too old all at once.
"""

from __future__ import annotations

from deadair.reference.storage.store import Store

PART_ROWS_MAX = 500
"""As many as are removed in a few milliseconds."""
REST_S = 3600.0


class Retention:
    """How far the present pass has come. ``kept_s``: how old readings may become; none: as old as they like."""

    def __init__(self, kept_s: float | None) -> None:
        self._kept_s = kept_s
        self._after = 0
        self._ended_s: float | None = None

    async def forget_part(self, store: Store, now_s: float) -> bool:
        """Remove a part of what is too old; say whether more may be left to do now. Raises StoreUnreachable."""
        if self._kept_s is None or (self._ended_s is not None and 0 <= now_s - self._ended_s < REST_S):
            return False
        part = await store.forget(now_s - self._kept_s, after=self._after, most=PART_ROWS_MAX)
        if part is None:
            self._after, self._ended_s = 0, now_s
            return False
        patient, removed = part
        if removed < PART_ROWS_MAX:
            self._after = patient
        return True
