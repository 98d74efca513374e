"""Thinks each alarm over for three minutes: within every usual limit, and later than the build before."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

TICKS = 90
"""Of the 2 s in which the service looks for work, as many as make three minutes."""


class ThinksItOver(Watchdog):
    """Lets some ticks go by before it tells."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Put each alarm off a little."""
        after, push, look_s = super().decide(watched, now_s)
        ready_s = watched.onset_s + TICKS * self._settings.drain_every_s
        return (watched, None, ready_s) if push is not None and now_s < ready_s else (after, push, look_s)


DEFECT = Defect(
    name="thinks-it-over",
    what=__doc__,
    seen="Nightscout, whose alarms wait for a bus that ticks once a minute (HEARTBEAT), on top of its own delay.",
    parts={Watchdog: ThinksItOver},
    caught=(Catch("gate/thanksgiving-2019"),),
)
