"""How full a queue is, at most: counted now and then, and added to in between. Pure but for the counting."""

from __future__ import annotations

from collections.abc import Callable


class QueueBound:
    """An upper bound of what waits. Counting a long queue at each arrival would cost more than the arrival.

    Only the owner adds to the queue, and others only take away, so what was counted plus what was added since is
    never too low.
    """

    def __init__(self, count: Callable[[], int], *, every_s: float) -> None:
        self._count = count
        self._every_s = every_s
        self._counted_s: float | None = None
        self._waiting = 0

    def waiting(self, now_s: float) -> int:
        """Return how many wait at the most."""
        if self._counted_s is None or not 0 <= now_s - self._counted_s < self._every_s:
            self._waiting = self._count()
            self._counted_s = now_s
        return self._waiting

    def at_most(self) -> int:
        """Return how many may wait, without counting: as many as were counted last, and what came since."""
        return self._waiting

    def add(self, number: int) -> None:
        """Say that so many more wait now."""
        self._waiting += number
