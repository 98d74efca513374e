"""A follower app that knows no message again: what the push provider brings twice rings twice."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep
from deadair.reference.defects.defect import Catch, Defect


class RingsForEachCopy(PhoneApp):
    """Takes no alarm for one that rings already."""

    def _no_data(self, state: AppState, sent_s: float, made_s: float, now_s: float) -> AppStep:
        return super()._no_data(state, sent_s, 0.0, now_s)


DEFECT = Defect(
    name="app-rings-for-each-copy",
    what=__doc__,
    seen="2026, a recalled watch app: queued glucose notifications came again.",
    parts={PhoneApp: RingsForEachCopy},
    caught=(Catch("smoke/taken-not-told", "no_storm"),),
)
