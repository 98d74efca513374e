"""What the push provider was seen to do with messages, by a fault's sightings: all of its proofs read this. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deadair.faults.fault import Proof, Sighting
from deadair.model.plural import count


class ProviderCounts:
    """The looks at one fault of the provider. ``doing``: the fact that says whether it does so at that moment."""

    def __init__(self, sightings: Sequence[Sighting], doing: str) -> None:
        self._doing = doing
        self._before, self._during, self._after = (
            [sighting.look.facts for sighting in sightings if sighting.when == when]
            for when in ("before", "during", "after")
        )

    @property
    def gone(self) -> bool:
        """Whether it was seen to do so no more after healing."""
        return bool(self._after) and not self._after[-1][self._doing]

    @property
    def doubt(self) -> str:
        """Why nothing is known of it; nothing if it was seen to do so all the time, and not before."""
        if not self._before or self._before[-1][self._doing]:
            return f"it was not seen without {self._doing} messages before"
        if not self._during or not all(facts[self._doing] for facts in self._during):
            return f"it was not seen {self._doing} messages all the time"
        return ""

    def meanwhile(self, what: str) -> float:
        """Return by how much a count grew from before it to the last look while it was there."""
        return self._during[-1][what] - self._before[-1][what]

    def after(self, what: str) -> float:
        """Return by how much a count grew from the last look while it was there to the last look of all."""
        return self._after[-1][what] - self._during[-1][what] if self._after and self._during else 0.0

    @property
    def whole_before(self) -> str:
        """Say what became of messages before it."""
        first = self._before[-1]
        return f"before it {first['handed_on']:g} of {count(round(first['taken']), 'message')} had been handed on"

    def proof(self, proved: bool, why: str) -> Proof:
        """Return a proof with its figures, and those of before and after."""
        if self.doubt:
            return Proof(False, self.gone, self.doubt)
        later = f"after it {self.after('handed_on'):g} of {self.after('taken'):g}" if self.gone else "it still goes on"
        return Proof(proved, self.gone, f"{self.whole_before}; {why}; {later}")
