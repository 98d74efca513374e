"""What the second oracle judges from, as plain data: rows are dicts, times microseconds. Knows no rule of the harness.

This file and those that import nothing of the harness are written from docs/rules.md alone, in plain loops.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

Row = dict[str, Any]

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US


class Phone(NamedTuple):
    """A follower's phone; ``delay_us`` is T (D1), ``again_us`` the follow's own R (D32)."""

    number: int
    patient: int
    cohort: str
    delay_us: int
    again_us: int | None
    device_cohort: str

    def is_of(self, fault: Fault) -> bool:
        """Say whether a fault strikes all of its place, or this phone's cohort: at uplink and device its device's."""
        own = self.device_cohort if fault.place in ("uplink", "device") else self.cohort
        return fault.cohort is None or fault.cohort == own


class Path(NamedTuple):
    """An alert path of the target."""

    name: str
    of_service: bool
    pushed: bool


class Fault(NamedTuple):
    """A fault, there from its making to its healing (D5); ``until_us``: none: never healed."""

    place: str
    cohort: str | None
    from_us: int
    until_us: int | None
    kind: str

    def there(self, from_us: int, until_us: int) -> bool:
        """Say whether it was there at some moment of that time."""
        return self.from_us <= until_us and (self.until_us is None or self.until_us >= from_us)


class Doubt(NamedTuple):
    """A doubtful stretch; ``slows``: of V17."""

    from_us: int
    until_us: int
    slows: bool


class Way(NamedTuple):
    """How a reading gets to a phone, and what time that may take."""

    places: tuple[str, ...]
    patience_us: int
    reading_every_us: int
    poll_every_us: int
    recovers_us: int


@dataclass(frozen=True, eq=False)
class Seen:
    """A run."""

    rows: tuple[Row, ...]
    """In a history's order."""
    phones: tuple[Phone, ...]
    devices: int
    warm_up_us: int
    storm_us: int
    recovery_us: int
    end_us: int
    paths: tuple[Path, ...]
    faults: tuple[Fault, ...]
    doubts: tuple[Doubt, ...]
    grace_us: int
    """G (D3)."""
    aborted: bool
    way: Way

    @cached_property
    def _by_kind(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row["kind"], []).append(row)
        return found

    def of(self, kind: str) -> list[Row]:
        """Return the rows of a kind, in order."""
        return self._by_kind.get(kind, [])

    @property
    def judged(self) -> list[Phone]:
        """Return the judged phones (D1)."""
        return [phone for phone in self.phones if phone.delay_us != 0]
