"""Opens an incident on the status page, and leaves its end to somebody who never comes."""

from __future__ import annotations

from deadair.reference.alerts.outage import OutageState
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.sentinel import Sentinel


class IncidentStays(Sentinel):
    """Ends none."""

    def assess(self, now_s: float) -> OutageState:
        """Keep the incident that there is."""
        before, after = self._state, super().assess(now_s)
        if before.incident_s is None:
            return after
        return after._replace(incident_s=before.incident_s, words=after.words or before.words)


DEFECT = Defect(
    name="incident-that-stays",
    what=__doc__,
    seen="No report of one was found. A page that always shows trouble is a page that nobody reads.",
    parts={Sentinel: IncidentStays},
    caught=(Catch("smoke/cut-twice", "status_published"),),
)
