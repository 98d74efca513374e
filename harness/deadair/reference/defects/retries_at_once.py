"""Tries again at once whatever the push provider did not take, and hears no request to wait."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.notifier import Notifier


class RetriesAtOnce(Notifier):
    """Lets nothing rest."""

    def _rest(self, push: Push, least_s: float = 0.0, *, refused: bool = False) -> None:
        self._closed_until_s = 0.0


DEFECT = Defect(
    name="retries-at-once",
    what=__doc__,
    seen=(
        "share2nightscout-bridge 0.2.12, of which one sent 194 requests in ten seconds to a server that refused"
        " them all."
    ),
    parts={Notifier: RetriesAtOnce},
    caught=(Catch("gate/push-provider-down", "no_storm"),),
)
