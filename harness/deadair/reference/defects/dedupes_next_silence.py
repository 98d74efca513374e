"""Takes the alarm of a new silence for the one that it has just told: the same phone, the same kind."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class DedupesNextSilence(Watchdog):
    """Pushes to no phone twice within R."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._pushed_s: dict[int, float] = {}

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Count what was suppressed as told."""
        after, push, look_s = super().decide(watched, now_s)
        if push is None:
            return after, push, look_s
        if now_s < self._pushed_s.get(watched.follow, -math.inf) + self._settings.realarm_every_s:
            return after, None, look_s
        self._pushed_s[watched.follow] = now_s
        return after, push, look_s


DEFECT = Defect(
    name="dedupes-next-silence",
    what=__doc__,
    seen=(
        "Nightscout, whose pushes of stale data all have one key; after each that went through none leaves for 15"
        " minutes, whatever happens meanwhile."
    ),
    parts={Watchdog: DedupesNextSilence},
    caught=(Catch("smoke/cut-twice"),),
)
