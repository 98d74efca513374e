"""The push provider takes messages, says so, and never delivers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.faults.provider_counts import ProviderCounts
from deadair.injectors.injector import Break
from deadair.model.place import Place
from deadair.model.plural import count, was


class PushDrop(Fault):
    """The push provider takes messages, of all phones or of one cohort, answers that it took them, and delivers none.

    Facts of a look: ``dropping``: whether it says that it does so now; ``taken``, ``handed_on`` and ``dropped``:
    messages so far that it took, that it handed on to a phone's link, and that it swallowed.

    Proved: it did so all the time, and swallowed at least one that it took and never handed on. Gone: it does so no
    more. What it swallowed never comes, also after it.
    """

    kind: Literal["push_drop"] = "push_drop"
    strikes: ClassVar[Strikes] = "provider"
    silences: ClassVar[bool] = False

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one break."""
        return (Break("provider", "drop", str(where)),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by what became of the messages that were taken."""
        seen = ProviderCounts(sightings, "dropping")
        if seen.doubt:
            return seen.proof(False, "")
        dropped, missing = seen.meanwhile("dropped"), seen.meanwhile("taken") - seen.meanwhile("handed_on")
        if dropped <= 0:
            return seen.proof(False, "nobody sent anything that could be swallowed")
        if missing < dropped:
            return seen.proof(False, f"{dropped:g} were said to be swallowed, and only {missing:g} were not handed on")
        return seen.proof(True, f"{count(round(dropped), 'message')} {was(round(dropped))} taken and never handed on")
