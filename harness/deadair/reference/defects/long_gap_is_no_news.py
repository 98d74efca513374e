"""Tells nobody again of a silence longer than six hours: whoever is away for so long has put the device away."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

SNOOZES = 3
"""Six hours, in times that an alarm can be put off at the most."""


class LongGapIsNoNews(Watchdog):
    """Looks at nobody again who has been blind for so long."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Alarm as long as it seems worth it."""
        if now_s - watched.onset_s > SNOOZES * self._settings.snooze_max_s:
            return watched, None, math.inf
        return super().decide(watched, now_s)


DEFECT = Defect(
    name="long-gap-is-no-news",
    what=__doc__,
    seen="xDrip+, which alerts of no missed reading once the gap is longer than six hours.",
    parts={Watchdog: LongGapIsNoNews},
    caught=(Catch("nights/lone-minority", "no_data_repeats"),),
)
