"""Gives a push up after a second try."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.notifier import Notifier, key_of

TRIES_MAX = 2


class GivesUp(Notifier):
    """Forgets what the provider did not take twice."""

    def _rest(self, push: Push, least_s: float = 0.0, *, refused: bool = False) -> None:
        super()._rest(push, least_s, refused=refused)
        if self._rests[key_of(push)].tries >= TRIES_MAX:
            self._finish(push, self._alarms.settle)


DEFECT = Defect(
    name="gives-up",
    what=__doc__,
    seen=(
        "xDrip's uploader to Share, which after a refusal logs in and tries once more and then drops the "
        "reading; retries that are counted and not timed lose whatever a minute of trouble lasts over."
    ),
    parts={Notifier: GivesUp},
    caught=(Catch("smoke/provider"), Catch("regressions/no-data-deadline-498a94bd")),
)
