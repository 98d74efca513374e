"""When phones are blind: D9, D10 and D11. A stretch lasts from its first moment until, not including, its last."""

from __future__ import annotations

from functools import lru_cache

from tests.oracle.readings import counts, screens
from tests.oracle.seen import Phone, Seen

Blind = tuple[int, int | None]
"""From, until; none: to the end of the run."""


def touches(stretch: Blind, from_us: int, until_us: int) -> bool:
    """Say whether some moment of a stretch is in that time, both ends included."""
    begin, end = stretch
    return begin <= until_us and (end is None or end > from_us)


def _moments(seen: Seen, phone: Phone, shown: list[tuple[int, int]]) -> list[int]:
    """Return every moment at which it can change whether a phone is blind."""
    moments = {seen.warm_up_us, seen.warm_up_us + phone.delay_us}
    for at_us, measured_us in shown:
        moments |= {at_us, measured_us + phone.delay_us}
    return sorted(moment for moment in moments if seen.warm_up_us <= moment <= seen.end_us)


def _walked(seen: Seen, phone: Phone, *, floor: bool, later_us: int = 0) -> list[Blind]:
    """Return when a phone is blind. ``floor``: a reading from before the warm-up counts as from its start (D9).

    ``later_us``: had each reading been shown so much later.
    """
    shown = [
        (row["at_us"] + later_us, row["measured_us"])
        for row in screens(seen, phone)
        if row["detail"] in ("current", "old") and counts(seen, phone, row)
    ]
    found: list[Blind] = []
    since_us: int | None = None
    for moment in _moments(seen, phone, shown):
        by_then = [measured_us for at_us, measured_us in shown if at_us <= moment]
        visible_us = max(by_then) if by_then else seen.warm_up_us
        if floor:
            visible_us = max(visible_us, seen.warm_up_us)
        blind = moment >= visible_us + phone.delay_us
        if blind and since_us is None:
            since_us = moment
        if not blind and since_us is not None:
            found.append((since_us, moment))
            since_us = None
    return found if since_us is None else [*found, (since_us, None)]


@lru_cache(maxsize=2)
def blind(seen: Seen) -> dict[int, list[Blind]]:
    """Return the blind stretches of each judged phone (D10)."""
    return {phone.number: _walked(seen, phone, floor=True) for phone in seen.judged}


@lru_cache(maxsize=2)
def blind_by_stamp(seen: Seen) -> dict[int, list[Blind]]:
    """Return the same where a reading from before the warm-up counts from its own time (F1)."""
    return {phone.number: _walked(seen, phone, floor=False) for phone in seen.judged}


@lru_cache(maxsize=2)
def many_blind(seen: Seen) -> list[Blind]:
    """Return the stretches in which many are blind (D11)."""
    return _many(seen, [stretch for stretches in blind(seen).values() for stretch in stretches])


def many_blind_if_shown_later(seen: Seen, later_us: int) -> list[Blind]:
    """Return the same, had each reading been shown so much later (P10)."""
    return _many(
        seen, [stretch for phone in seen.judged for stretch in _walked(seen, phone, floor=True, later_us=later_us)]
    )


def _many(seen: Seen, everyones: list[Blind]) -> list[Blind]:
    edges = sorted({edge for stretch in everyones for edge in stretch if edge is not None})
    found: list[Blind] = []
    since_us: int | None = None
    for edge in edges:
        number = sum(1 for stretch in everyones if touches(stretch, edge, edge))
        many = number > 0 and number * 100 >= 5 * len(seen.judged)
        if many and since_us is None:
            since_us = edge
        if not many and since_us is not None:
            found.append((since_us, edge))
            since_us = None
    return found if since_us is None else [*found, (since_us, None)]
