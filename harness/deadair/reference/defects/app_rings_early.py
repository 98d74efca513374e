"""A follower app that rings for whatever is pushed, though it still shows a reading that is young enough."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, PushTaken, Ring
from deadair.reference.defects.defect import Catch, Defect


class RingsEarly(PhoneApp):
    """Holds nothing until the onset: the service, which heard of the last reading or did not, will know."""

    def _no_data(self, state: AppState, sent_s: float, made_s: float, now_s: float) -> AppStep:
        measured_s = state.shown.measured_s if state.shown else None
        if state.made_s == made_s > 0:
            return state, (PushTaken("service_push", "overtaken"),)
        state = state._replace(alarm=True, made_s=made_s)
        return state, (PushTaken("service_push", "presented"), Ring("alarm", "service_push", measured_s))


DEFECT = Defect(
    name="app-rings-early",
    what=__doc__,
    seen="AndroidAPS (#2680) and xDrip+ (#347), where people complain of alarms for missing readings that were there.",
    parts={PhoneApp: RingsEarly},
    caught=(Catch("smoke/partition", "no_false_alarm"),),
)
