"""By which alert paths a follower must be told of what has no second line of defence in the service: D29.

A service has one watchdog; where that is struck, what its followers have is their phone's own alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deadair.model.alert_path import of_service
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, Standstill
from deadair.rules.evidence import Evidence
from deadair.rules.fault_window import FaultWindow


@dataclass(frozen=True, slots=True)
class CountingPaths:
    """The paths that count in a stretch of time. ``struck``: faults at what alerts, or at the push provider."""

    named: tuple[str, ...]
    every: tuple[str, ...]
    struck: tuple[FaultWindow, ...]

    def between(self, phone: Phone, from_us: int, until_us: int) -> tuple[str, ...]:
        """Return the rule's paths, or all of the target's if a fault at what alerts a phone touches that time."""
        return self.every if self.struck_between(phone, from_us, until_us) else self.named

    def struck_between(self, phone: Phone, from_us: int, until_us: int) -> bool:
        """Say whether a fault at what alerts a phone touches that time."""
        return any(fault.strikes(phone) and fault.touches(from_us, until_us) for fault in self.struck)


def counting_paths(evidence: Evidence, named: Sequence[str] | None) -> CountingPaths:
    """Return them for a rule that names these paths, by default all of the service's own."""
    every = tuple(path.name for path in evidence.alert_paths)
    way = evidence.reading_way
    struck = tuple(
        fault
        for fault in evidence.faults
        if fault.within_service and not (way is not None and way.leads_over(fault.place.name))
    )
    return CountingPaths(tuple(named or of_service(evidence.alert_paths)), every, struck)


def unreachable(evidence: Evidence, phone: Phone, struck: Iterable[FaultWindow]) -> list[Standstill]:
    """Return when nothing can tell a phone of a low.

    It is cut off, nothing leaves the push provider, or what alerts is struck and the way of its readings is, too.
    """
    way, faults = evidence.reading_way, evidence.faults
    found = [*evidence.cut_off(phone), *(one.standstill for one in faults if one.at_provider and one.strikes(phone))]
    for fault in (one for one in struck if one.strikes(phone)):
        for other in faults:
            if way is None or not way.leads_over(other.place.name) or not other.strikes(phone):
                continue
            recovered_us = NEVER_US if other.heal_us is None else other.heal_us + way.recovers_us
            until_us = min(recovered_us, NEVER_US if fault.heal_us is None else fault.heal_us)
            from_us = max(fault.begin_us, other.begin_us)
            if from_us < until_us:
                found.append(Standstill(from_us, None if until_us == NEVER_US else until_us))
    return found
