"""Arms every timer anew when the gateway starts and tells whom there is: a registration counts as a reading seen."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class ArmedByRegistration(EvidenceSender):
    """Says of everybody that all is well as of now."""

    def registered(self, follow: Follow) -> None:
        """Begin anew."""
        self._tell(follow, 0.0 if follow.revoked else self._env.now())


DEFECT = Defect(
    name="armed-by-registration",
    what=__doc__,
    seen="AndroidAPS, which puts its alert for missing readings off by five minutes whenever the app is started.",
    parts={EvidenceSender: ArmedByRegistration},
    caught=(Catch("smoke/every-node-dies"),),
)
