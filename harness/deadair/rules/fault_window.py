"""A fault as it really was: from when to when, where, and whom it strikes. Pure: knows no row and no limit."""

from __future__ import annotations

from dataclasses import dataclass

from deadair.model.place import PROVIDER, Place
from deadair.model.roster import Phone
from deadair.rules.blindness import Standstill

SWALLOWS, DELAYS, DOUBLES = "push_drop", "push_delay", "push_duplicate"
"""Kinds of faults by which the push provider treats wrongly what it took: the service has done its part."""

OUTSIDE_THE_SERVICE = frozenset({"uplink", "downlink", "last_mile", "device", "phone"})
"""Places that are neither a node nor an inner link of the target, nor the push provider that it needs."""


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A fault as it really was: from the moment its making began until its healing was done."""

    id: str
    kind: str
    place: Place
    begin_us: int
    heal_us: int | None
    """None: nobody saw it healed, so it lasts to the end of the run."""
    silences: bool
    """Whether it is meant to silence somebody."""

    def touches(self, from_us: int, until_us: int) -> bool:
        """Say whether it was there at some moment of a stretch."""
        return self.begin_us <= until_us and (self.heal_us is None or self.heal_us >= from_us)

    @property
    def within_service(self) -> bool:
        """Say whether it strikes a node or an inner link of the target, or the push provider."""
        return self.at_provider or (self.place.cohort is None and self.place.name not in OUTSIDE_THE_SERVICE)

    @property
    def at_provider(self) -> bool:
        """Say whether it strikes the push provider, or one cohort's share of it."""
        return self.place.name == PROVIDER

    def strikes(self, phone: Phone) -> bool:
        """Say whether it strikes what is for that phone, too: all of its place, or its cohort's share of it."""
        return self.place.cohort in (None, phone.cohort_at(self.place.name))

    @property
    def standstill(self) -> Standstill:
        """Return its time, in which a limit may stand still."""
        return Standstill(self.begin_us, self.heal_us)

    def cuts_off(self, phone: Phone) -> bool:
        """Say whether it keeps that phone from being reached: at the provider, on its last mile or in itself."""
        there = self.place.name in ("last_mile", "phone") or self.kind in (SWALLOWS, DELAYS)
        return there and self.strikes(phone)
