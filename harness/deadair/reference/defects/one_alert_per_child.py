"""Alarms one follower of a child, and takes the others for told."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class OneAlertPerChild(Watchdog):
    """Keeps its alarms by the child."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._told: dict[int, int] = {}

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Push to the first who is due."""
        after, push, look_s = super().decide(watched, now_s)
        told = push is not None and self._told.setdefault(watched.patient, watched.follow) != watched.follow
        return after, None if told else push, look_s


DEFECT = Defect(
    name="one-alert-per-child",
    what=__doc__,
    seen="Nightscout, where an alarm is the site's: whoever acknowledges it first has done so for everybody.",
    parts={Watchdog: OneAlertPerChild},
    caught=(Catch("smoke/partition"),),
)
