"""A follower app that shows a reading as current, however old it is."""

from __future__ import annotations

import math

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState
from deadair.reference.defects.defect import Catch, Defect


class ShowsOld(PhoneApp):
    """Shows a reading as current until there is a newer one."""

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        return None if state.ring_s is None else max(now_s, state.ring_s)

    @staticmethod
    def _old_s(state: AppState) -> float:
        return math.inf


DEFECT = Defect(
    name="app-shows-old",
    what=__doc__,
    seen="Libre, June 2023, where clients of a cloud served for hours the last value from before its maintenance.",
    parts={PhoneApp: ShowsOld},
    caught=(Catch("smoke/partition", "shows_age"),),
)
