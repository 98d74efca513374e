"""Tells of a child's urgent low once, however long it lasts."""

from __future__ import annotations

from collections.abc import Iterable

from deadair.reference.alerts.alarms import Push
from deadair.reference.alerts.lows import Followers, Low, Lows
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class OncePerChild(Lows):
    """Remembers for ever who was told of as low."""

    def tell(self, lows: Iterable[Low], followers: Followers, now_s: float) -> tuple[list[Push], bool]:
        """Tell of those of whom it never told."""
        return super().tell([low for low in lows if low.patient not in self._told], followers, now_s)


class LowsToldOnce(Watchdog):
    """A watchdog with that memory."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._lows = OncePerChild(
            self._alarms, current_s=settings.fresh_within_s, same_within_s=settings.low_same_within_s
        )


DEFECT = Defect(
    name="lows-told-once",
    what=__doc__,
    seen=(
        "No report of one was found. Dexcom's own alarm for an urgent low comes again every 5 minutes until somebody"
        " confirms it."
    ),
    parts={Watchdog: LowsToldOnce},
    caught=(Catch("smoke/lows", "low_alerted"),),
)
