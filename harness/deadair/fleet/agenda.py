"""When things are due: rounds of a period, and an agenda in order of time. Pure: knows no clock.

Moments never depend on how long the thing before took, so a slow service cannot slow the fleet (open loop).
"""

from __future__ import annotations

import heapq
import random
from typing import Generic, TypeVar

Item = TypeVar("Item")

JITTER_MAX_REAL_S = 0.05
"""The longest a device dawdles before it sends. Far below a second: a reading's age is judged."""


def round_us(begin_us: int, period_us: int, phase: float, number: int) -> int:
    """Return when round ``number`` (from 0) of somebody with this phase (0 to 1) is due."""
    return begin_us + int(phase * period_us) + number * period_us


def jitter_us(generator: random.Random, *, speed: float) -> int:
    """Return a short delay, real-life microseconds, so that equal stamps do not make bursts."""
    return int(generator.uniform(0, JITTER_MAX_REAL_S) * speed * 1e6)


class Agenda(Generic[Item]):
    """Items by the moment they are due; of equal moments, the one added first comes first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Item]] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, at_us: int, item: Item) -> None:
        """Put an item down for a moment; a moment in the past is due at once."""
        heapq.heappush(self._heap, (at_us, self._added, item))
        self._added += 1

    @property
    def next_us(self) -> int | None:
        """Return the earliest moment, none if nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def take(self, now_us: int) -> tuple[int, Item] | None:
        """Remove and return the earliest item that is due, with the moment it was meant for."""
        if not self._heap or self._heap[0][0] > now_us:
            return None
        at_us, _, item = heapq.heappop(self._heap)
        return at_us, item
