"""Alarms nobody from one to six o'clock at night, and makes up for it in the morning."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

HOUR_S = 3600.0
BEHIND_UTC_H = 8
"""Where the service's people live: on the west coast, in winter."""
FROM_H, UNTIL_H = 1, 6


class QuietAtNight(Watchdog):
    """Looks at the clock on its own wall."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Put alarms off until the morning."""
        after, push, look_s = super().decide(watched, now_s)
        hour = (now_s / HOUR_S - BEHIND_UTC_H) % 24
        if push is not None and FROM_H <= hour < UNTIL_H:
            return watched, None, now_s + (UNTIL_H - hour) * HOUR_S
        return after, push, look_s


DEFECT = Defect(
    name="quiet-at-night",
    what=__doc__,
    seen="No report of one was found. Quiet hours are a setting of most apps that notify; this sets them for all.",
    parts={Watchdog: QuietAtNight},
    caught=(Catch("nights/one-o-clock"),),
)
