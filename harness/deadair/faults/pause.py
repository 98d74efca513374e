"""A node hangs: it is stopped by SIGSTOP and goes on when the fault ends. Its connections stay, and nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.place import Place


class Pause(Fault):
    """A node hangs: it stands still, keeps every connection and answers none, and goes on when the fault ends.

    Facts of a look: ``stopped``: whether the node's process stands still; ``ready``: whether the node answers,
    looked at only after healing.

    Proved: it went on before and never while the fault lasted. Gone: the node is ready again.
    """

    kind: Literal["pause"] = "pause"
    strikes: ClassVar[Strikes] = "node"
    silences: ClassVar[bool] = True

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one node to be stopped."""
        return (Break("pauses", "stop", where.name),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by whether the node stood still before and during, and by its readiness after."""
        before = [sighting.look.facts for sighting in sightings if sighting.when == "before"]
        during = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
        gone = any(sighting.look.facts["ready"] for sighting in sightings if sighting.when == "after")
        end = "the node was ready again after it" if gone else "the node was not ready again after it"
        if not before or before[-1]["stopped"]:
            return Proof(False, gone, f"the node was not seen at work before; {end}")
        if not during:
            return Proof(False, gone, f"nobody looked while it lasted; {end}")
        if not all(facts["stopped"] for facts in during):
            return Proof(False, gone, f"the node was at work while it lasted; {end}")
        return Proof(True, gone, f"the node stood still while it lasted; {end}")
