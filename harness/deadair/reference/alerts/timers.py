"""When to look at whom: thousands of timers in one heap, without a task each. Pure.

A timer that is moved leaves its old place in the heap, where it is passed over; once the heap is half full of such
places, it is built anew.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable

VOID_MIN = 1000
"""A heap with fewer void places is not worth building anew."""


class Timers:
    """One timer for each number at most. A timer for never is none."""

    def __init__(self, timers: Iterable[tuple[int, float]]) -> None:
        self._at_s = {number: at_s for number, at_s in timers if at_s < math.inf}
        self._build()

    def __len__(self) -> int:
        return len(self._at_s)

    def at_s(self, number: int) -> float:
        """Return when a number's timer goes off."""
        return self._at_s.get(number, math.inf)

    def set(self, number: int, at_s: float) -> None:
        """Set a number's timer, in place of the one it has."""
        if at_s == math.inf:
            self._at_s.pop(number, None)
            return
        self._at_s[number] = at_s
        heapq.heappush(self._heap, (at_s, number))
        if len(self._heap) > 2 * len(self._at_s) + VOID_MIN:
            self._build()

    def next_s(self) -> float:
        """Return when the first timer goes off."""
        while self._heap and self._at_s.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def due(self, now_s: float, most: int) -> list[int]:
        """Take out up to ``most`` timers that are due, the first ones first; return their numbers."""
        numbers: list[int] = []
        while len(numbers) < most and self.next_s() <= now_s:
            number = heapq.heappop(self._heap)[1]
            del self._at_s[number]
            numbers.append(number)
        return numbers

    def _build(self) -> None:
        self._heap = [(at_s, number) for number, at_s in self._at_s.items()]
        heapq.heapify(self._heap)
