"""A follower app whose screen goes blank when the service does not answer."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Screen
from deadair.reference.defects.defect import Catch, Defect


class BlankScreen(PhoneApp):
    """Shows nothing at all when it cannot reach the service."""

    def unanswered(self, state: AppState, tag: str, now_s: float) -> AppStep:
        """Blank the screen."""
        if state.style == "blank":
            return state, ()
        return state._replace(style="blank"), (Screen("blank", None),)


DEFECT = Defect(
    name="app-blank-screen",
    what=__doc__,
    seen="2019: 'others found a blank screen in the morning'.",
    parts={PhoneApp: BlankScreen},
    caught=(Catch("smoke/partition", "shows_age"),),
    profiles=("2019",),
)
