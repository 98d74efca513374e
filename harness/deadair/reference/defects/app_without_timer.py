"""A follower app without a timer of its own: it rings for nothing but a push."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Follower, Screen
from deadair.reference.defects.defect import Catch, Defect


class WithoutTimer(PhoneApp):
    """Never rings by itself; old readings are marked old only when the next poll comes round."""

    def installed(self, who: Follower) -> AppStep:
        """Set no timer."""
        return AppState(who), ()

    def poll_due(self, state: AppState, now_s: float) -> AppStep:
        """Look at the clock while it is at it."""
        state, out = super().poll_due(state, now_s)
        if state.shown and state.style == "current" and now_s >= self._old_s(state):
            return state._replace(style="old"), (*out, Screen("old", state.shown))
        return state, out

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        return None


DEFECT = Defect(
    name="app-without-timer",
    what=__doc__,
    seen="2019, where followers relied on the push alone.",
    parts={PhoneApp: WithoutTimer},
    caught=(Catch("smoke/provider"), Catch("gate/push-provider-down")),
    profiles=("2019",),
)
