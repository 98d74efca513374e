"""A follower app whose alarm goes on ringing when all is well again."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Hush
from deadair.reference.defects.defect import Catch, Defect


class AlarmThatStays(PhoneApp):
    """Takes its alarm down only when somebody does so by hand."""

    def _polled(self, state: AppState, reading: object, now_s: float) -> AppStep:
        state, out = super()._polled(state, reading, now_s)
        return state, tuple(one for one in out if one != Hush("alarm"))


DEFECT = Defect(
    name="alarm-that-stays",
    what=__doc__,
    seen="No report of one was found. It is the fault for which people switch alarms off.",
    parts={PhoneApp: AlarmThatStays},
    caught=(Catch("smoke/overload", rule="clears"),),
)
