"""Nothing goes wrong: the smallest fault there is, and the one a new fault starts as a copy of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.place import Place


class Noop(Fault):
    """Nothing goes wrong: its break is made and undone, and breaks nothing.

    Facts of a look: ``made``: whether the break was made and not undone.

    Proved: never. It breaks nothing, so it tests nobody, and a run with it can only be unknown. Gone: the break was
    undone.
    """

    kind: Literal["noop"] = "noop"
    strikes: ClassVar[Strikes] = "node"
    silences: ClassVar[bool] = False

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one break of nothing."""
        return (Break("noop", "nothing", where.name),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Say whether its break was seen made and undone. That it had an effect is never proved."""
        during = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
        gone = any(not sighting.look.facts["made"] for sighting in sightings if sighting.when == "after")
        made = "it was made" if during and all(facts["made"] for facts in during) else "it was not seen made"
        undone = "undone" if gone else "not seen undone"
        return Proof(False, gone, f"{made} and {undone}, and it breaks nothing: it tests nobody")
