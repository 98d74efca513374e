"""By which alert paths a follower must be told of what has no second line of defence in the service: D29.

A service has one watchdog; where that is struck, what its followers have is their phone's own alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deadair.model.alert_path import of_service
from deadair.rules.blindness import Standstill
from deadair.rules.evidence import Evidence, FaultWindow


@dataclass(frozen=True, slots=True)
class CountingPaths:
    """The paths that count in a stretch of time. ``struck``: faults at what alerts, or at the push provider."""

    named: tuple[str, ...]
    every: tuple[str, ...]
    struck: tuple[FaultWindow, ...]

    def between(self, from_us: int, until_us: int) -> tuple[str, ...]:
        """Return the rule's paths, or all of the target's if a fault at what alerts touches that time."""
        return self.every if any(fault.touches(from_us, until_us) for fault in self.struck) else self.named


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


def standstills(faults: Iterable[FaultWindow]) -> list[Standstill]:
    """Return the times of faults, in which a limit stands still."""
    return [Standstill(fault.begin_us, fault.heal_us) for fault in faults]
