"""Which alert paths count, and which faults are within the service: D29, F2 and F3."""

from __future__ import annotations

from tests.oracle.seen import Fault, Phone, Seen

OUTSIDE = ("uplink", "downlink", "last_mile", "device", "phone")


def within_service(fault: Fault) -> bool:
    """Say whether a fault is at a node or an inner link of the target, or at the push provider or a part of it."""
    return fault.place == "push" or (fault.place not in OUTSIDE and fault.cohort is None)


def of_service(seen: Seen) -> tuple[str, ...]:
    """Return the service's own paths."""
    return tuple(path.name for path in seen.paths if path.of_service)


def strikes_alerting(seen: Seen, phone: Phone, fault: Fault) -> bool:
    """Say whether all paths of the target count for a phone while a fault is there."""
    return within_service(fault) and phone.is_of(fault) and fault.place not in seen.way.places


def alerting_struck(seen: Seen, phone: Phone, from_us: int, until_us: int) -> bool:
    """Say whether there is such a fault in that time."""
    return any(strikes_alerting(seen, phone, fault) and fault.there(from_us, until_us) for fault in seen.faults)


def counting(seen: Seen, phone: Phone, named: tuple[str, ...] | None, from_us: int, until_us: int) -> tuple[str, ...]:
    """Return the counting paths of a phone, by a rule that names these (D29)."""
    if alerting_struck(seen, phone, from_us, until_us):
        return tuple(path.name for path in seen.paths)
    return of_service(seen) if named is None else named
