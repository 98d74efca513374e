"""Devices that were offline hand in all their old readings at once, from accounts of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.place import Place

READINGS_PER_ACCOUNT = 288
"""A device keeps a day of readings at one each five minutes."""


OFFERED_SHARE = 0.95
"""The share of the readings that must have been offered in time; see decision 9."""


class Backlog(Fault):
    """Devices that were offline hand in all their old readings at once, from accounts of their own.

    Facts of a look: ``offered``: readings sent so far; ``done``: whether the load process said that it ended.

    Proved: by the end of the window nearly all readings were offered; a batch that could not be sent at its moment is
    tried again, and may come too late. Gone: the load process ended.
    """

    kind: Literal["backlog"] = "backlog"
    strikes: ClassVar[Strikes] = "link"
    silences: ClassVar[bool] = False
    readings: int = Field(ge=1, le=10_000_000)
    """How many old readings are offered, evenly over the fault's duration."""

    @property
    def accounts_needed(self) -> int:
        """As many devices as hold a day of readings each."""
        return -(-self.readings // READINGS_PER_ACCOUNT)

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one flood, with how many readings and how long."""
        return (Break("load", "backlog", str(where), {"readings": self.readings, "lasts_s": setting.lasts_s}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge by what had been offered when the window ended."""
        window = [sighting.look.facts["offered"] for sighting in sightings if sighting.when == "during"]
        after = [sighting.look.facts for sighting in sightings if sighting.when == "after"]
        offered = max([*window, *(facts["offered"] for facts in after[:1])], default=0)
        gone = any(facts["done"] for facts in after)
        end = "it ended" if gone else "it did not say that it ended"
        return Proof(
            bool(window) and offered >= OFFERED_SHARE * self.readings,
            gone,
            f"{offered} of {self.readings} old readings were offered in its time; {end}",
        )
