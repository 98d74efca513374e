"""The push provider refuses every message, or those to one cohort, for a while: it is overloaded or down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.duration import Duration
from deadair.model.place import Place
from deadair.model.plural import count, was

UNAVAILABLE = 503


class Refuse(Fault):
    """The push provider refuses every message, or those to one cohort: it answers at once, and what it answers is no.

    Facts of a look: ``refusing``: whether the provider says that it refuses now; ``refused``: messages refused so far,
    at a cohort's share those to its phones.

    Proved: it refused all the time, and at least one message. Gone: it takes messages again.
    """

    kind: Literal["refuse"] = "refuse"
    strikes: ClassVar[Strikes] = "provider"
    silences: ClassVar[bool] = False
    status: Literal[429, 500, 503] = 503
    """The HTTP status it answers: too many, broken, or not available."""
    retry_after: Duration | None = None
    """How long it asks senders to wait, in a ``Retry-After``; it says nothing unless set."""

    @property
    def holds_up_all_for(self) -> timedelta:
        """Return how long it asks all senders to wait: "not available" is for all, "too many" for one message alone."""
        return self.retry_after or timedelta() if self.status == UNAVAILABLE else timedelta()

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one outage; ``retry_after_s`` is real-life seconds, 0 for none."""
        wait_s = self.retry_after.total_seconds() if self.retry_after else 0.0
        return (Break("provider", "refuse", str(where), {"status": self.status, "retry_after_s": wait_s}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by what the provider says before, during and after."""
        before = [sighting.look.facts for sighting in sightings if sighting.when == "before"]
        during = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
        gone = any(not sighting.look.facts["refusing"] for sighting in sightings if sighting.when == "after")
        end = "it took messages again after it" if gone else "it still refused after it"
        if not before or before[-1]["refusing"]:
            return Proof(False, gone, f"the provider was not seen taking messages before; {end}")
        if not during or not all(facts["refusing"] for facts in during):
            return Proof(False, gone, f"the provider did not refuse all the time; {end}")
        refused = during[-1]["refused"] - before[-1]["refused"]
        if refused <= 0:
            return Proof(False, gone, f"nobody sent anything that could be refused; {end}")
        return Proof(True, gone, f"{count(round(refused), 'message')} {was(round(refused))} refused; {end}")
