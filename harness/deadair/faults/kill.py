"""A node dies by SIGKILL, and is started again when the fault ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.place import Place


class Kill(Fault):
    """A node dies by SIGKILL, and is started again when the fault ends.

    Facts of a look: ``alive``: whether a process with the node's process id *and* start time exists (while the fault
    lasts: those of the process that was killed); ``ready``: whether the node answers, looked at only after healing.

    Proved: it was alive before and never while the fault lasted. Gone: the node is ready again.
    """

    kind: Literal["kill"] = "kill"
    strikes: ClassVar[Strikes] = "node"
    silences: ClassVar[bool] = True

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one node to be killed."""
        return (Break("processes", "kill", where.name),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by the process before and during, and by the node's readiness after."""
        before = [sighting.look.facts for sighting in sightings if sighting.when == "before"]
        during = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
        gone = any(sighting.look.facts["ready"] for sighting in sightings if sighting.when == "after")
        end = "the node was ready again after it" if gone else "the node was not ready again after it"
        if not before or not before[-1]["alive"]:
            return Proof(False, gone, f"the node was not seen alive before; {end}")
        if not during:
            return Proof(False, gone, f"nobody looked while it lasted; {end}")
        if any(facts["alive"] for facts in during):
            return Proof(False, gone, f"the process was still there while it lasted; {end}")
        return Proof(True, gone, f"the process was gone while it lasted; {end}")
