"""Which alert paths count, and which faults are within the service: D29, F2 and F3."""

from __future__ import annotations

from tests.oracle.seen import Fault, Seen

OUTSIDE = ("uplink", "downlink", "last_mile", "device", "phone")


def within_service(fault: Fault) -> bool:
    """Say whether a fault is at a node or an inner link of the target, or at the push provider."""
    return fault.place not in OUTSIDE and fault.cohort is None


def of_service(seen: Seen) -> tuple[str, ...]:
    """Return the service's own paths."""
    return tuple(path.name for path in seen.paths if path.of_service)


def strikes_alerting(seen: Seen, fault: Fault) -> bool:
    """Say whether all paths of the target count while a fault is there."""
    return within_service(fault) and fault.place not in seen.way.places


def alerting_struck(seen: Seen, from_us: int, until_us: int) -> bool:
    """Say whether there is such a fault in that time."""
    return any(strikes_alerting(seen, fault) and fault.there(from_us, until_us) for fault in seen.faults)


def counting(seen: Seen, named: tuple[str, ...] | None, from_us: int, until_us: int) -> tuple[str, ...]:
    """Return the counting paths of a rule that names these (D29)."""
    if alerting_struck(seen, from_us, until_us):
        return tuple(path.name for path in seen.paths)
    return of_service(seen) if named is None else named
