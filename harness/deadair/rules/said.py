"""What followers said to what rang on their phones, and for how long that holds: D33.

Knows no rule. An acknowledgement or a snooze is of what the phone presents in that moment, and of nothing that comes
later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from deadair.history.rows import Kind
from deadair.rules.blindness import NEVER_US

SAID = ["at_us", "phone", "kind", "detail", "value"]
"""What of a row is asked for, of what people do and of what phones present."""
ACKNOWLEDGE, SNOOZE = "acknowledge", "snooze"
SECOND_US = 1_000_000


class FollowerSaid(NamedTuple):
    """An acknowledgement or a snooze. ``of``: what the phone presented (alarm, low)."""

    at_us: int
    until_us: int
    """When it has to ring again; ``NEVER_US``: not while it lasts."""
    of: frozenset[str]


def said_by(rows: Iterable[tuple[Any, ...]]) -> Mapping[int, Sequence[FollowerSaid]]:
    """Return what was said on each phone, from its ALARM, LOW, CLEAR and PERSON rows (``SAID``), given in order."""
    standing: dict[int, set[str]] = defaultdict(set)
    found: dict[int, list[FollowerSaid]] = defaultdict(list)
    for at_us, phone, kind, detail, value in rows:
        if kind == Kind.CLEAR:
            standing[phone].discard(detail)
        elif kind != Kind.PERSON:
            standing[phone].add(kind)
        elif detail in (ACKNOWLEDGE, SNOOZE):
            until_us = at_us + (value or 0) * SECOND_US if detail == SNOOZE else NEVER_US
            found[phone].append(FollowerSaid(at_us, until_us, frozenset(standing[phone])))
    return found


def quiet_until(said: Iterable[FollowerSaid], told_us: int, by_us: int) -> int | None:
    """Return until when a phone need not tell again: because of what was said from ``told_us`` to ``by_us``, or holds.

    None: nothing was. ``NEVER_US``: not at all any more.
    """
    holds = [one.until_us for one in said if told_us <= one.at_us <= by_us or one.at_us < told_us < one.until_us]
    later = [until_us for until_us in holds if until_us > told_us]
    return max(later, default=None)
