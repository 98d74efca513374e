"""Bad follower apps: one without a timer of its own, one that blanks its screen.

Seen in the wild: followers who relied on the push alone (2019); "others found a blank screen in the morning" (2019).
"""

from __future__ import annotations

from harness.reference.phone_app import AppState, Follower, PhoneApp, Screen, Step


class WithoutTimer(PhoneApp):
    """Never rings by itself; old readings are marked old only when the next poll comes round."""

    def installed(self, who: Follower) -> Step:
        """Set no timer."""
        return AppState(who), ()

    def poll_due(self, state: AppState, now_s: float) -> Step:
        """Look at the clock while it is at it."""
        state, out = super().poll_due(state, now_s)
        if state.shown and state.style == "current" and now_s >= self._old_s(state):
            return state._replace(style="old"), (*out, Screen("old", state.shown))
        return state, out

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        return None


class BlankScreen(PhoneApp):
    """Shows nothing at all when it cannot reach the service."""

    def unanswered(self, state: AppState, tag: str, now_s: float) -> Step:
        """Blank the screen."""
        if state.style == "blank":
            return state, ()
        return state._replace(style="blank"), (Screen("blank", None),)
