"""Reckons in local time: on the night on which the clocks go back, nobody is told for an hour."""

from __future__ import annotations

import calendar
import time

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog


def local_s(at_s: float) -> float:
    """Return what the clock on the wall shows, as seconds."""
    return calendar.timegm(time.localtime(at_s)) + at_s % 1


class ReckonsInLocalTime(Watchdog):
    """Compares the hour on the wall with the hour that was on it when the phone's reading was measured."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Wait until T has passed on the wall; look again soon."""
        delay_s = watched.no_data_after_s
        untold = watched.alarmed_s < watched.onset_s <= now_s
        if untold and local_s(now_s) < local_s(watched.onset_s - delay_s) + delay_s:
            return watched, None, now_s + self._settings.heartbeat_every_s
        return super().decide(watched, now_s)


DEFECT = Defect(
    name="reckons-in-local-time",
    what=__doc__,
    seen="Nightguard, whose alarm was wrong after midnight; in autumn whatever keeps moments without their time zone.",
    parts={Watchdog: ReckonsInLocalTime},
    caught=(Catch("nights/clocks-go-back"),),
)
