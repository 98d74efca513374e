"""Takes a reading that the service has for one that the follower sees."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class DisarmedByStored(EvidenceSender):
    """Disarms every follower's timer as soon as the reading is acknowledged, whether or not it is stored yet."""

    def uploaded(self, follows: tuple[Follow, ...], newest_measured_s: float) -> None:
        """Count having as seeing."""
        for follow in follows:
            self._tell(follow, newest_measured_s)


DEFECT = Defect(
    name="disarmed-by-stored",
    what=__doc__,
    seen="Services that watch their own intake; Thanksgiving 2019 had sensors reading and uploading all night.",
    parts={EvidenceSender: DisarmedByStored},
    caught=(Catch("smoke/partition"), Catch("gate/gateway-saturated"), Catch("own/storing-hangs")),
)
