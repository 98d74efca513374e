"""What a phone presents to its follower: no-data alarms and service notices, from when to when.

Knows nothing of silences: whether an alarm belongs to one is decided there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from harness.history.rows import Kind


@dataclass(frozen=True, slots=True)
class Telling:
    """One alarm or notice, from its presenting until it is cleared."""

    what: Kind
    """ALARM or NOTICE."""
    path: str
    from_us: int
    until_us: int | None = None
    """None: never cleared."""
    measured_us: int | None = None
    """The newest measured time that an alarm speaks of."""


def tellings(rows: pl.DataFrame) -> dict[int, tuple[Telling, ...]]:
    """Return each phone's tellings by their beginning, from its ALARM, NOTICE and CLEAR rows in order.

    A CLEAR dismisses every alarm of the phone, or its notice. A telling that is presented again is one more.
    """
    done: dict[int, list[Telling]] = {}
    standing: dict[tuple[int, str], list[Telling]] = {}
    columns = rows.select("phone", "kind", "path", "at_us", "measured_us", "detail")
    for phone, kind, path, at_us, measured_us, detail in columns.iter_rows():
        if kind == Kind.CLEAR:
            cleared = standing.pop((phone, detail), [])
            done.setdefault(phone, []).extend(replace(telling, until_us=at_us) for telling in cleared)
        else:
            telling = Telling(Kind(kind), path or "", at_us, None, measured_us if kind == Kind.ALARM else None)
            standing.setdefault((phone, str(kind)), []).append(telling)
    for (phone, _), open_still in standing.items():
        done.setdefault(phone, []).extend(open_still)
    return {phone: tuple(sorted(found, key=lambda t: (t.from_us, t.path))) for phone, found in done.items()}
