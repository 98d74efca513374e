"""The push provider delivers each message twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.faults.provider_counts import ProviderCounts
from deadair.injectors.injector import Break
from deadair.model.duration import Duration
from deadair.model.place import Place
from deadair.model.plural import count, was


class PushDuplicate(Fault):
    """The push provider delivers each message twice, to all phones or to one cohort's.

    Facts of a look: ``doubling``: whether it says that it does so now; ``taken``, ``handed_on`` and ``doubled``:
    messages so far that it took, that it handed on to a phone's link, and that it handed on once more.

    Proved: it did so all the time, and at least one was handed on twice. Gone: it does so no more. A second one that is
    not due when it ends is delivered at once.
    """

    kind: Literal["push_duplicate"] = "push_duplicate"
    strikes: ClassVar[Strikes] = "provider"
    silences: ClassVar[bool] = False
    apart: Duration = timedelta(seconds=30)
    """How long after the first one the second is delivered. Real-life time, as all durations."""

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one break."""
        return (Break("provider", "duplicate", str(where), {"apart_s": self.apart.total_seconds()}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by how many messages were handed on twice."""
        seen = ProviderCounts(sightings, "doubling")
        if seen.doubt:
            return seen.proof(False, "")
        doubled = round(seen.meanwhile("doubled") + seen.after("doubled"))
        if doubled <= 0:
            return seen.proof(False, "nobody sent anything that could be delivered twice")
        return seen.proof(True, f"{count(doubled, 'message')} {was(doubled)} delivered twice")
