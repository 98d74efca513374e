"""Provisioned capacity: so much work per second, as a rented instance has. Pure: told the time, never reading it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

BUCKETS_MAX = 100_000
CORE_MS_PER_S = 1000.0


def dearness(cpu_ms_per_s: float | None) -> float:
    """Return how many times as much CPU work costs where only so much is provisioned; 1 from a whole core on."""
    return 1.0 if cpu_ms_per_s is None else max(1.0, CORE_MS_PER_S / cpu_ms_per_s)


@dataclass(slots=True)
class Bucket:
    """Work that may be done now. ``per_s`` of none is unlimited; at most ``burst`` can be saved up."""

    per_s: float | None
    burst: float
    level: float
    filled_s: float

    @classmethod
    def full(cls, per_s: float | None, *, burst: float, now_s: float) -> Bucket:
        """Return a bucket that is full at ``now_s``."""
        return cls(per_s, burst, burst, now_s)

    def fill(self, now_s: float) -> float:
        """Bring the bucket to ``now_s`` and return its level; infinite if unlimited."""
        if self.per_s is None:
            return float("inf")
        if now_s > self.filled_s:
            self.level = min(self.burst, self.level + (now_s - self.filled_s) * self.per_s)
        self.filled_s = now_s
        return self.level

    def take(self, amount: float) -> None:
        """Take work out; below zero it is owed, and paid back first."""
        self.level -= amount

    def wait_s(self, amount: float) -> float:
        """Return the seconds until ``amount`` is there, from the last filling on."""
        if self.per_s is None or self.level >= amount:
            return 0.0
        return (amount - self.level) / self.per_s


class Buckets:
    """Buckets by name, alike. Whose was not used for longest is forgotten first, never whoever hammers: it is full."""

    def __init__(self, per_s: float | None, *, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, name: str, now_s: float) -> Bucket:
        """Return one of them; full now if it is new."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket.full(self._per_s, burst=self._burst, now_s=now_s)
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return bucket
