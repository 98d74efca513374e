"""Takes the alarm of a second child for that of the first: the same phone, the same kind."""

from __future__ import annotations

import math

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class OneAlertPerPhone(Watchdog):
    """Pushes to no token of two silences within R."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._pushed: dict[str, tuple[int, float]] = {}
        """By token: of whom it was told last, and when."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Count what was suppressed as told."""
        after, push, look_s = super().decide(watched, now_s)
        if push is None:
            return after, push, look_s
        follow, at_s = self._pushed.get(watched.token, (watched.follow, -math.inf))
        if follow != watched.follow and now_s < at_s + self._settings.realarm_every_s:
            return after, None, look_s
        self._pushed[watched.token] = (watched.follow, now_s)
        return after, push, look_s


DEFECT = Defect(
    name="one-alert-per-phone",
    what=__doc__,
    seen=(
        "Nightscout, whose pushes of stale data all have one key, whichever site they are of; after each that went"
        " through none leaves for 15 minutes."
    ),
    parts={Watchdog: OneAlertPerPhone},
    caught=(Catch("smoke/families"),),
)
