"""Tells everybody again as often as the service does by default, whatever the follower chose."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class DefaultRealarm(EvidenceSender):
    """Leaves out how often the follower wants to be told again."""

    def _tell(
        self, follow: Follow, confirmed_s: float, acknowledged_s: float = 0.0, snoozed_until_s: float = 0.0
    ) -> None:
        super()._tell(replace(follow, realarm_every_s=0.0), confirmed_s, acknowledged_s, snoozed_until_s)


DEFECT = Defect(
    name="default-realarm",
    what=__doc__,
    seen=(
        "Dexcom Share, whose follows carry a re-alarm delay of their own beside the no-data delay: each is a setting"
        " that can get lost."
    ),
    parts={EvidenceSender: DefaultRealarm},
    caught=(Catch("smoke/families", rule="no_data_repeats"),),
)
