"""Silences, their limits, and what counts as an alert of one: D12 to D16 and D23 to D27."""

from __future__ import annotations

from typing import NamedTuple

from tests.oracle.blindness import Blind, blind
from tests.oracle.limits import cuts, passed
from tests.oracle.notified import Notification, notifications
from tests.oracle.seen import Phone, Seen


class Silence(NamedTuple):
    """A silence. Limits are none where they never come."""

    phone: Phone
    stretches: list[Blind]
    onset_us: int
    until_us: int | None
    limit_us: int | None
    due: list[tuple[int, int]]
    """Each due later stretch (D16): its onset and its limit."""
    counting: list[Notification]
    """The notifications that count for it (D23)."""


def silences(seen: Seen, within_us: int) -> list[Silence]:
    """Return every silence of the judged phones, for this L."""
    found = []
    for phone in seen.judged:
        before: list[Blind] | None = None
        for stretches in _together(blind(seen)[phone.number], within_us):
            found.append(_silence(seen, phone, stretches, before, within_us))
            before = stretches
    return found


def _together(stretches: list[Blind], within_us: int) -> list[list[Blind]]:
    found: list[list[Blind]] = []
    ended_us: int | None = None
    for begin, end in stretches:
        if ended_us is not None and begin - ended_us < within_us:
            found[-1].append((begin, end))
        else:
            found.append([(begin, end)])
        ended_us = end
    return found


def _silence(seen: Seen, phone: Phone, stretches: list[Blind], before: list[Blind] | None, within_us: int) -> Silence:
    onset_us, until_us = stretches[0][0], stretches[-1][1]
    pauses = cuts(seen, phone)
    for place in range(1, len(stretches)):
        saw_us = stretches[place - 1][1]
        assert saw_us is not None
        pauses.append((saw_us, stretches[place][0]))
    due = []
    for begin, _ in stretches[1:]:
        limit_us = passed(begin, within_us, pauses)
        if limit_us is not None and limit_us <= seen.end_us and (until_us is None or until_us >= limit_us):
            due.append((begin, limit_us))
    counting = [
        one
        for one in notifications(seen)[phone.number]
        if one.confirmed and presented(one, onset_us, until_us) and not _earlier(one, phone, onset_us, before)
    ]
    return Silence(phone, stretches, onset_us, until_us, passed(onset_us, within_us, pauses), due, counting)


def presented(one: Notification, from_us: int, until_us: int | None) -> bool:
    """Say whether a phone presents something at some moment of that time; not if it is cleared in the same moment."""
    if one.until_us is not None and (one.until_us <= one.from_us or one.until_us <= from_us):
        return False
    return until_us is None or one.from_us <= until_us


def _earlier(one: Notification, phone: Phone, onset_us: int, before: list[Blind] | None) -> bool:
    """Say whether it belongs to the silence before (D24 to D27)."""
    if one.kind == "notice" or one.from_us >= onset_us or before is None:
        return False
    ended_us = before[-1][1]
    assert ended_us is not None
    if one.from_us < ended_us:
        return True
    if one.measured_us is not None:
        return one.measured_us + phone.delay_us < ended_us
    return one.newest_message_us is not None and one.newest_message_us < ended_us
