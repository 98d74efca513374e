"""Holds alarms back while very many are due: so many cannot be true."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

MANY_SHARE = 1 / 3


class MuteWhenMany(Watchdog):
    """Takes a third of all for a fault of its own, for which nobody is to be woken."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Look again once there are fewer."""
        after, push, look_s = super().decide(watched, now_s)
        blind = sum(1 for one in self._watched.values() if one.onset_s <= now_s)
        if push is not None and blind > MANY_SHARE * len(self._watched):
            return watched, None, now_s + self._settings.heartbeat_every_s
        return after, push, look_s


DEFECT = Defect(
    name="mute-when-many",
    what=__doc__,
    seen=(
        "No report of one was found in a service. On phones such guards against false alarms are common: xDrip+,"
        " LoopFollow, Nightscout."
    ),
    parts={Watchdog: MuteWhenMany},
    caught=(Catch("smoke/partition"),),
)
