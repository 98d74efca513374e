"""Urgent lows that the gateway has just acknowledged: who is told, and of which they were told already.

A low is told of only while it is current. It neither sets nor clears anybody's no-data alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import Any, NamedTuple

from deadair.reference.alerts.alarms import URGENT_LOW, Alarms, Push, Watched
from deadair.reference.http.json_fields import record, rows, whole

Followers = Callable[[Set[int]], list[Watched]]


class Low(NamedTuple):
    """One urgently low reading."""

    patient: int
    measured_s: int
    value_mg_dl: int


def lows_of(data: Any) -> list[Low]:
    """Read the body of ``POST /lows``. Raises ValueError."""
    names = ("patient", "measured_s", "value")
    return [Low(*(whole(one.get(name), name) for name in names)) for one in map(record, rows(data))]


class Lows:
    """Tells of each low once, though the gateway may tell of it again, and two uploaders may each have stamped it; also
    after a restart."""

    def __init__(self, alarms: Alarms, *, current_s: float, same_within_s: float) -> None:
        self._current_s = current_s
        self._same_within_s = same_within_s
        self._alarms = alarms
        self._told: dict[int, list[int]] = {}
        """By patient, when what was told of lately was measured."""
        for patient, measured_s in alarms.lows():
            self._told.setdefault(patient, []).append(measured_s)

    def tell(self, lows: Iterable[Low], followers: Followers, now_s: float) -> tuple[list[Push], bool]:
        """Make the pushes for lows that are new and current durable, and return them: of a patient's, for the newest.

        Returns too whether anything was written down. Raises sqlite3.Error; then nobody was told.
        """
        new, told = self._new(low for low in lows if abs(now_s - low.measured_s) <= self._current_s)
        pushes = []
        if new:
            newest = {low.patient: low for low in new}
            for one in followers(newest.keys()):
                _, at_s, value = newest[one.patient]
                until_s = min(now_s, at_s) + self._current_s
                pushes.append(Push(one.follow, one.patient, one.token, at_s, at_s, now_s, until_s, URGENT_LOW, value))
            since_s = now_s - self._current_s
            self._alarms.save_lows(pushes, [low[:2] for low in new], since_s=since_s)
            current = {patient: [at_s for at_s in those if at_s >= since_s] for patient, those in told.items()}
            self._told = {patient: those for patient, those in current.items() if those}
        return pushes, bool(new)

    def _new(self, lows: Iterable[Low]) -> tuple[list[Low], dict[int, list[int]]]:
        """Return the lows that were not told of, the oldest first, and when all that is told of then was measured.

        Two uploaders of one sensor stamp a reading seconds apart, the sensor itself never so close.
        """
        told, new = dict(self._told), []
        for low in sorted(lows, key=lambda low: low.measured_s):
            those = told.get(low.patient, [])
            if all(abs(low.measured_s - at_s) >= self._same_within_s for at_s in those):
                told[low.patient] = [*those, low.measured_s]
                new.append(low)
        return new, told
