"""Says that all is well once a silence has lasted for so long that it has no reading at hand any more."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.defects.all_clear_on_start import ALL_CLEAR
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

WINDOW_SHARE = 1 / 3
"""For how much of R it has a reading at hand: here 5 min, there two days."""


class AllClearInSilence(Watchdog):
    """Looks again after its window, and finds nothing that is too old."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._cleared_s: dict[int, float] = {}

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Alarm, and after a while say that all is well."""
        after, push, look_s = super().decide(watched, now_s)
        clear_s = after.alarmed_s + WINDOW_SHARE * self._settings.realarm_every_s
        if push is not None or self._cleared_s.get(watched.follow) == after.onset_s:
            return after, push, min(look_s, clear_s) if push is not None else look_s
        if not watched.onset_s <= after.alarmed_s or now_s < clear_s:
            return after, None, look_s
        self._cleared_s[watched.follow] = after.onset_s
        who = (watched.follow, watched.patient, watched.token, watched.onset_s, watched.confirmed_s)
        return after, Push(*who, now_s, now_s + self._settings.push_lifetime_s, ALL_CLEAR), look_s


DEFECT = Defect(
    name="all-clear-in-silence",
    what=__doc__,
    seen=(
        "Nightscout, which acknowledges its own alarm and says 'All Clear' when the last reading falls out of the two"
        " days that it loads."
    ),
    parts={Watchdog: AllClearInSilence},
    caught=(Catch("smoke/kill", "no_false_clear"),),
)
