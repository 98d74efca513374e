"""Takes the arrival of a phone's request for proof that the phone shows fresh readings."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class ArrivalTime(EvidenceSender):
    """Disarms a timer whenever the phone asked, whatever it shows and whether or not it is answered."""

    def asked(self, follow: Follow) -> None:
        """Count the question as the answer."""
        self._tell(follow, self._env.now())


DEFECT = Defect(
    name="arrival-time",
    what=__doc__,
    seen=(
        "LibreLinkUp 2023, where stale answers kept followers' apps calm for hours; and every service that "
        "keeps 'last contact' where it needs 'last reading'."
    ),
    parts={EvidenceSender: ArrivalTime},
    caught=(Catch("smoke/overload"),),
    profiles=("2019",),
)
