"""Keeps its timers in memory only: a restart forgets whom it was watching.

Seen in the wild: Nightscout, whose alarm state lives in one process; and every "last seen" map without a disk.
"""

from __future__ import annotations

from deadair.reference.alerts.alarms import Watched
from deadair.reference.nodes.watchdog import Watchdog


class TimersLostOnRestart(Watchdog):
    """Begins with nobody."""

    def remembered(self) -> list[Watched]:
        """Remember nothing."""
        return []
