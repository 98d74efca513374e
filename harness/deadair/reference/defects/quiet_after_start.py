"""Alarms nobody in its first fifteen minutes: so soon after a start, a missing reading proves nothing."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings


class QuietAfterStart(Watchdog):
    """Waits for an R before it trusts itself."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._quiet_until_s = env.now() + settings.realarm_every_s

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Put alarms off until then."""
        after, push, look_s = super().decide(watched, now_s)
        quiet = push is not None and now_s < self._quiet_until_s
        return (watched, None, self._quiet_until_s) if quiet else (after, push, look_s)


DEFECT = Defect(
    name="quiet-after-start",
    what=__doc__,
    seen="xDrip+, which alerts of no missed reading until the phone has been up for 15 minutes.",
    parts={Watchdog: QuietAfterStart},
    caught=(Catch("smoke/kill"), Catch("nights/killed-while-well")),
)
