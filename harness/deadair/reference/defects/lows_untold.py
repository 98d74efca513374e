"""Takes urgent lows in, shows them, and tells nobody."""

from __future__ import annotations

from collections.abc import Iterable

from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.defects.defect import Catch, Defect


class LowsUntold(LowSender):
    """Passes none on."""

    def uploaded(self, readings: Iterable[tuple[int, int, int]]) -> None:
        """Leave it at that."""


DEFECT = Defect(
    name="lows-untold",
    what=__doc__,
    seen="Dexcom's G6 app for Android 1.15 (2025), which could crash and then gave no alert, urgent lows included.",
    parts={LowSender: LowsUntold},
    caught=(Catch("smoke/lows", rule="low_alerted"),),
)
