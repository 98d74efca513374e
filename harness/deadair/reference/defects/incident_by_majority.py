"""Calls it an incident only when more than half of all followers see nothing."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.alerts.outage import OutageState, assess
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.sentinel import Sentinel


class ByMajority(Sentinel):
    """Has a threshold that no region reaches."""

    def assess(self, now_s: float) -> OutageState:
        """Wait for the majority."""
        return assess(self._state, self._heard, replace(self._settings, incident_blind_share=0.5), now_s)


DEFECT = Defect(
    name="incident-by-majority",
    what=__doc__,
    seen="No report of one was found. On Thanksgiving 2019 the first public word came after about ten hours.",
    parts={Sentinel: ByMajority},
    caught=(Catch("smoke/cut-twice", "status_published"),),
)
