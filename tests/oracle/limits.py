"""Time that stands still: D6, D7, D14, D15 and D31."""

from __future__ import annotations

from tests.oracle.seen import Fault, Phone, Seen

Pause = tuple[int, int | None]
"""From, until; none: for ever."""


def cuts_off(fault: Fault, phone: Phone) -> bool:
    """D6."""
    if not phone.is_of(fault):
        return False
    return fault.place in ("last_mile", "phone") or (
        fault.place == "push" and fault.kind in ("push_drop", "push_delay")
    )


def cuts(seen: Seen, phone: Phone) -> list[Pause]:
    """Return the times in which faults cut a phone off."""
    return [(fault.from_us, fault.until_us) for fault in seen.faults if cuts_off(fault, phone)]


def _covered(pauses: list[Pause], from_us: int, until_us: int | None) -> bool:
    return any(
        begin <= from_us and (end is None or (until_us is not None and end >= until_us)) for begin, end in pauses
    )


def passed(from_us: int, span_us: int, pauses: list[Pause]) -> int | None:
    """Return when a span has passed since a moment, the pauses left out; none: never."""
    edges = sorted({edge for pause in pauses for edge in pause if edge is not None and edge > from_us})
    at_us, left_us = from_us, span_us
    for edge in edges:
        if not _covered(pauses, at_us, edge):
            if left_us <= edge - at_us:
                return at_us + left_us
            left_us -= edge - at_us
        at_us = edge
    return None if _covered(pauses, at_us, None) else at_us + left_us


def back(from_us: int, span_us: int, pauses: list[Pause]) -> int:
    """Count back (D7)."""
    edges = sorted({edge for pause in pauses for edge in pause if edge is not None and edge < from_us}, reverse=True)
    at_us, left_us = from_us, span_us
    for edge in edges:
        if not _covered(pauses, edge, at_us):
            if left_us <= at_us - edge:
                return at_us - left_us
            left_us -= at_us - edge
        at_us = edge
    return at_us - left_us
