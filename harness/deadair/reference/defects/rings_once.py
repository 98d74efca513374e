"""Tells of a silence once, however long it lasts."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog


class RingsOnce(Watchdog):
    """Looks at nobody again who was told."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Alarm, and be done with it."""
        after, push, look_s = super().decide(watched, now_s)
        return after, push, look_s if push is None else math.inf


DEFECT = Defect(
    name="rings-once",
    what=__doc__,
    seen="LoopFollow 7.0.0, whose missed-reading alarm never fires again in the same gap.",
    parts={Watchdog: RingsOnce},
    caught=(Catch("gate/store-hangs", rule="no_data_repeats"),),
)
