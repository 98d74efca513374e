"""Takes a second for each alarm, one follower after the other."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

RETRY_SHARE = 1 / 5
"""A second, as a share of the wait before a second try."""


class OneAlarmASecond(Watchdog):
    """Gives everybody a turn."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._turns: dict[int, float] = {}
        self._free_s = 0.0

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Put the alarm off until it is its turn."""
        after, push, look_s = super().decide(watched, now_s)
        if push is None:
            return after, push, look_s
        turn_s = self._turns.pop(watched.follow, None)
        if turn_s is None:
            turn_s = max(now_s, self._free_s)
            self._free_s = turn_s + RETRY_SHARE * self._settings.push_retry_s
        if turn_s <= now_s:
            return after, push, look_s
        self._turns[watched.follow] = turn_s
        return watched, None, turn_s


DEFECT = Defect(
    name="one-alarm-a-second",
    what=__doc__,
    seen="No report of one was found. Of text messages a carrier takes one a second from an ordinary number.",
    parts={Watchdog: OneAlarmASecond},
    caught=(Catch("nights/many-phones"),),
)
