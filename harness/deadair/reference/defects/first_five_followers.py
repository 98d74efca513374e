"""Alarms five followers of a child, and takes the sixth for one too many."""

from __future__ import annotations

from collections import defaultdict

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

FOLLOWERS_MAX = 5


class FirstFiveFollowers(Watchdog):
    """Keeps a list of five for each child."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._listed: defaultdict[int, set[int]] = defaultdict(set)

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Push to those on the list."""
        after, push, look_s = super().decide(watched, now_s)
        listed = self._listed[watched.patient]
        if push is not None and len(listed) < FOLLOWERS_MAX:
            listed.add(watched.follow)
        return after, push if watched.follow in listed else None, look_s


DEFECT = Defect(
    name="first-five-followers",
    what=__doc__,
    seen="No report of one was found. What is tested with two followers is seldom tried with seven.",
    parts={Watchdog: FirstFiveFollowers},
    caught=(Catch("nights/seven-followers"),),
)
