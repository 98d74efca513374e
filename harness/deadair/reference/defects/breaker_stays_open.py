"""Once it has had to refuse a phone it refuses all of them, for a quarter of an hour."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.http.admission import Admission, Urgency
from deadair.reference.settings import Settings


class BreakerStaysOpen(Admission):
    """Spares what stands behind it."""

    def __init__(self, settings: Settings, now_s: float) -> None:
        super().__init__(settings, now_s)
        self._open_for_s = settings.realarm_every_s
        self._open_until_s = 0.0

    async def enter(self, account: str, kind: Urgency, now_s: float) -> float | None:
        """Ask no further while it is open."""
        if kind is not Urgency.POLL:
            return await super().enter(account, kind, now_s)
        if now_s < self._open_until_s:
            return self._open_until_s - now_s
        wait_s = await super().enter(account, kind, now_s)
        if wait_s is not None:
            self._open_until_s = now_s + self._open_for_s
        return wait_s


DEFECT = Defect(
    name="breaker-stays-open",
    what=__doc__,
    seen="No report of one was found. Circuit breakers are common, and so is a long time until they try again.",
    parts={Admission: BreakerStaysOpen},
    caught=(Catch("nights/mild-overload", "freshness"),),
)
