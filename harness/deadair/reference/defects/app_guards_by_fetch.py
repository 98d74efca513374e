"""A follower app that rings for no missing reading unless it asked successfully a moment ago."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Ring
from deadair.reference.defects.defect import Catch, Defect

GUARD_SHARE = 0.6
"""How long ago it may have asked, as a share of the time for which a low is current: 6 min."""


class GuardsByFetch(PhoneApp):
    """Takes a poll long ago for a phone that slept: whatever rings now would be wrong."""

    def __init__(self) -> None:
        self._asked_s: dict[str, float] = {}

    def answered(self, state: AppState, tag: str, status: int, body: bytes, now_s: float) -> AppStep:
        """Remember when it asked."""
        if status == 200:
            self._asked_s[state.who.token] = now_s
        return super().answered(state, tag, status, body, now_s)

    def timer_fired(self, state: AppState, now_s: float) -> AppStep:
        """Ring only if that was not long ago."""
        after, out = super().timer_fired(state, now_s)
        if now_s - self._asked_s.get(state.who.token, 0.0) <= GUARD_SHARE * state.who.low_current_s:
            return after, out
        return after._replace(alarm=state.alarm), tuple(one for one in out if not isinstance(one, Ring))


DEFECT = Defect(
    name="app-guards-by-fetch",
    what=__doc__,
    seen=(
        "LoopFollow 7.0.0, whose alarm for missed readings is suppressed when the last check was more than 6 minutes"
        " ago."
    ),
    parts={PhoneApp: GuardsByFetch},
    caught=(Catch("smoke/partition"),),
)
