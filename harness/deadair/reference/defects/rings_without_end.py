"""Tells of the same silence again every twenty seconds."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.alerts.decision import decide
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

RETRIES = 4
"""So many waits for the second try of a push, 5 s each, are its R."""


class RingsWithoutEnd(Watchdog):
    """Takes no follow's own R, and a very short one for all."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Alarm again as soon as there was time to answer."""
        soon = replace(self._settings, realarm_every_s=RETRIES * self._settings.push_retry_s)
        after, push, look_s = decide(watched._replace(realarm_every_s=0.0), soon, now_s)
        return after._replace(realarm_every_s=watched.realarm_every_s), push, look_s


DEFECT = Defect(
    name="rings-without-end",
    what=__doc__,
    seen="G7 on the watch in 2026, which replayed its queued notifications one after the other.",
    parts={Watchdog: RingsWithoutEnd},
    caught=(Catch("gate/store-hangs", rule="no_storm"),),
)
