"""Watches everybody with the delay that an invitation has by default, whatever the follower chose."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class DefaultDelay(EvidenceSender):
    """Reads the delay where it was first written."""

    def _tell(
        self, follow: Follow, confirmed_s: float, acknowledged_s: float = 0.0, snoozed_until_s: float = 0.0
    ) -> None:
        after_s = self._settings.no_data_after_s if follow.no_data_after_s else 0.0
        super()._tell(replace(follow, no_data_after_s=after_s), confirmed_s, acknowledged_s, snoozed_until_s)


DEFECT = Defect(
    name="default-delay",
    what=__doc__,
    seen=(
        "Dexcom Share, whose invitations carry a no-data delay of one hour, switched off, until the follower's app"
        " says another; nobody could tell by which of the two the service went."
    ),
    parts={EvidenceSender: DefaultDelay},
    caught=(Catch("smoke/partition"),),
)
