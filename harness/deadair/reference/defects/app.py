"""Bad follower apps: without a timer of its own; with a screen that goes blank; with a screen that never shows age.

Seen in the wild: followers who relied on the push alone (2019); "others found a blank screen in the morning" (2019);
clients of a cloud that for hours served the last value from before its maintenance (Libre, June 2023).
"""

from __future__ import annotations

import math

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Follower, Screen


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


class BlankScreen(PhoneApp):
    """Shows nothing at all when it cannot reach the service."""

    def unanswered(self, state: AppState, tag: str, now_s: float) -> AppStep:
        """Blank the screen."""
        if state.style == "blank":
            return state, ()
        return state._replace(style="blank"), (Screen("blank", None),)


class ShowsOld(PhoneApp):
    """Shows a reading as current until there is a newer one."""

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        return None if state.ring_s is None else max(now_s, state.ring_s)

    @staticmethod
    def _old_s(state: AppState) -> float:
        return math.inf
