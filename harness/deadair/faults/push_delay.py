"""The push provider takes messages at once, and delivers them late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.faults.provider_counts import ProviderCounts
from deadair.injectors.injector import Break
from deadair.model.duration import Lasting
from deadair.model.place import Place
from deadair.model.plural import count, was

LEAST_SHARE = 0.9
"""How much of the delay a message must have waited at the least: timers are good to less than that."""


class PushDelay(Fault):
    """The push provider takes messages, of all phones or of one cohort, at once, and delivers each ``delay`` later.

    Facts of a look: ``delaying``: whether it says that it does so now; ``taken`` and ``handed_on``: messages so far
    that it took, and that it handed on to a phone's link; ``delayed`` and ``waited_s``: those of them that had to wait,
    and how long all of these waited, in real-life seconds; ``waiting``: how many wait now.

    Proved: it did so all the time, messages waited, and those that were handed on meanwhile had waited for the delay.
    Gone: it does so no more, and none waits. What waits when it ends is delivered at once.
    """

    kind: Literal["push_delay"] = "push_delay"
    strikes: ClassVar[Strikes] = "provider"
    silences: ClassVar[bool] = False
    delay: Lasting
    """How much later a message is delivered. Real-life time, as all durations."""

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one break."""
        return (Break("provider", "delay", str(where), {"delay_s": self.delay.total_seconds()}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by how long messages waited."""
        seen = ProviderCounts(sightings, "delaying")
        if seen.doubt:
            return seen.proof(False, "")
        delayed, waiting = round(seen.meanwhile("delayed")), round(seen.meanwhile("waiting"))
        if delayed + waiting <= 0:
            return seen.proof(False, "nobody sent anything that could be held back")
        held = f"{count(delayed + waiting, 'message')} {was(delayed + waiting)} held back"
        if not delayed:
            return seen.proof(True, f"{held}, each to its end")
        mean_s = seen.meanwhile("waited_s") / delayed
        late = mean_s >= LEAST_SHARE * self.delay.total_seconds()
        return seen.proof(late, f"{held}, on average for {mean_s:.1f} s of {self.delay.total_seconds():g} s")
