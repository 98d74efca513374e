"""Keeps its timers in memory only: a restart forgets whom it was watching."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog


class TimersLostOnRestart(Watchdog):
    """Begins with nobody."""

    def remembered(self) -> list[Watched]:
        """Remember nothing."""
        return []


DEFECT = Defect(
    name="timers-lost-on-restart",
    what=__doc__,
    seen="Nightscout, whose alarm state lives in one process; and every 'last seen' map without a disk.",
    parts={Watchdog: TimersLostOnRestart},
    caught=(Catch("smoke/kill"), Catch("own/alerting-dies")),
)
