"""A follower app that leaves it to the service to notice a silence."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Ring
from deadair.reference.defects.defect import Catch, Defect


class ReliesOnPush(PhoneApp):
    """Presents what was pushed, and rings for nothing that it sees itself."""

    def timer_fired(self, state: AppState, now_s: float) -> AppStep:
        """Present a warning that it holds."""
        after, out = super().timer_fired(state, now_s)
        pushed = tuple(one for one in out if not (isinstance(one, Ring) and one.path == "phone_timer"))
        rung = any(isinstance(one, Ring) for one in pushed)
        return after._replace(alarm=state.alarm or rung), pushed


DEFECT = Defect(
    name="app-relies-on-push",
    what=__doc__,
    seen="2019, where followers relied on the push alone.",
    parts={PhoneApp: ReliesOnPush},
    caught=(Catch("smoke/two-paths", "defence_in_depth"),),
)
