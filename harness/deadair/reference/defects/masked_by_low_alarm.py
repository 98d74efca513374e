"""An alarm about the last reading masks the one that says no reading came since."""

from __future__ import annotations

from deadair.reference.alerts.alarms import URGENT_LOW, Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class MaskedByLowAlarm(Watchdog):
    """Has nothing more to say of a reading that was told as low."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._told_low_s: dict[int, float] = {}

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Wait for a newer reading than the one that was told as low."""
        after, push, look_s = super().decide(watched, now_s)
        if push and self._told_low_s.get(watched.follow, 0.0) >= watched.confirmed_s:
            return watched, None, now_s + self._settings.heartbeat_every_s
        return after, push, look_s

    def _note_outbox(self, pushes: list[Push]) -> None:
        super()._note_outbox(pushes)
        self._told_low_s |= {push.follow: push.measured_s for push in pushes if push.kind == URGENT_LOW}


DEFECT = Defect(
    name="masked-by-low-alarm",
    what=__doc__,
    seen=(
        "LoopFollow 7.0 (2025), where an alarm remembers the reading it rang for and further alarms wait for "
        "a newer one: low, then blackout, then silence."
    ),
    parts={Watchdog: MaskedByLowAlarm},
    caught=(Catch("smoke/lows"),),
)
