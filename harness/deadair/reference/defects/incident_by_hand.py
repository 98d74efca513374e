"""The incident is published by a person, ten hours late; and nobody but that person watches."""

from __future__ import annotations

import asyncio

from deadair.reference.alerts.outage import OutageState
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.defects.no_sentinel import NoSentinel
from deadair.reference.nodes.sentinel import Sentinel


class IncidentByHand(NoSentinel):
    """A status page that somebody updates once the telephone has rung long enough."""

    async def run(self) -> None:
        """Publish after ten hours of trouble."""
        await asyncio.sleep(self.settings.published_by_hand_after_s)
        self.state = OutageState(incident_s=self.env.now(), words=("We are aware of an issue and are working on it.",))
        await asyncio.Event().wait()


DEFECT = Defect(
    name="incident-by-hand",
    what=__doc__,
    seen="Thanksgiving 2019, where the first public word came about ten hours after followers went blind.",
    parts={Sentinel: IncidentByHand},
    caught=(Catch("gate/store-hangs", "status_published"),),
    profiles=("2019",),
)
