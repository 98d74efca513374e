"""Takes who once acknowledged an alarm for somebody who wants no more of them: the next silence is not told."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class AcknowledgedForGood(Watchdog):
    """Keeps an acknowledgement beyond its silence."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._acknowledged: set[int] = set()
        super().__init__(env, settings)

    def _know(self, watched: Watched) -> None:
        super()._know(watched)
        if watched.acknowledged_s:
            self._acknowledged.add(watched.follow)

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Tell those who never acknowledged anything."""
        after, push, look_s = super().decide(watched, now_s)
        return after, None if watched.follow in self._acknowledged else push, look_s


DEFECT = Defect(
    name="acknowledged-for-good",
    what=__doc__,
    seen=(
        "Nightscout, where an acknowledgement is of a level and a group for 30 minutes, and so of a silence, too, that"
        " begins meanwhile."
    ),
    parts={Watchdog: AcknowledgedForGood},
    caught=(Catch("smoke/people"),),
)
