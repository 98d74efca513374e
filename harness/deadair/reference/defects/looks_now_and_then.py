"""Looks for missing readings every fifteen minutes, and for those who fell silent in between at the next look."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class LooksNowAndThen(Watchdog):
    """A job that runs once in an R."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._began_s = env.now()

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Put an alarm off to the next look."""
        every_s = self._settings.realarm_every_s
        after, push, look_s = super().decide(watched, now_s)
        next_s = self._began_s + math.ceil((watched.onset_s - self._began_s) / every_s) * every_s
        return (watched, None, next_s) if push is not None and now_s < next_s else (after, push, look_s)


DEFECT = Defect(
    name="looks-now-and-then",
    what=__doc__,
    seen="AndroidAPS, whose alert for missing readings is looked at by a job that runs every 15 minutes.",
    parts={Watchdog: LooksNowAndThen},
    caught=(Catch("smoke/partition"),),
)
