"""Says that all is well whenever it starts, for of alarms it knows none yet."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

ALL_CLEAR = "clear"


class AllClearOnStart(Watchdog):
    """Tells everybody whom it remembers, blind or not."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        now_s = env.now()
        told = [one for one in self._watched.values() if one.token]
        expires_s = now_s + settings.push_lifetime_s
        pushes = [
            Push(one.follow, one.patient, one.token, one.onset_s, one.confirmed_s, now_s, expires_s, ALL_CLEAR)
            for one in told
        ]
        self._alarms.save([], pushes, [])


DEFECT = Defect(
    name="all-clear-on-start",
    what=__doc__,
    seen='Nightscout, which says "All Clear: Server started without alarms" while its data are stale.',
    parts={Watchdog: AllClearOnStart},
    caught=(Catch("smoke/kill", rule="no_false_clear"),),
)
