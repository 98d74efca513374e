"""Takes a long pause between two looks for a machine that slept, and holds alarms back until the next look."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

ASLEEP_SHARE = 0.25
"""A pause longer than this share of the time from look to look is taken for sleep; 15 s of a minute."""


class HibernationGuard(Watchdog):
    """Looks again and again, and each time it seems to have slept."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._last_look_s: dict[int, float] = {}

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Send nothing right after a pause."""
        every_s = self._settings.heartbeat_every_s
        pause_s = now_s - self._last_look_s.get(watched.follow, -math.inf)
        self._last_look_s[watched.follow] = now_s
        after, push, look_s = super().decide(watched, now_s)
        return (watched, None, now_s + every_s) if push and pause_s > ASLEEP_SHARE * every_s else (after, push, look_s)


DEFECT = Defect(
    name="hibernation-guard",
    what=__doc__,
    seen=(
        "Nightscout 0.12 (2019), whose check for stale data takes more than 15 s between two looks for "
        "hibernation, while its server looks once a minute: the alarm never fires."
    ),
    parts={Watchdog: HibernationGuard},
    caught=(Catch("smoke/partition"),),
)
