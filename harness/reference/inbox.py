"""Readings that were acknowledged and not yet stored. Durable: what is in here survives a crash.

The gateway appends, the processor takes; each opens it for itself.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.reference.env import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (lane INTEGER, measured_s INTEGER, patient INTEGER, ahead INTEGER,
  value INTEGER NOT NULL, trend INTEGER NOT NULL, arrived_s REAL NOT NULL,
  PRIMARY KEY (lane, measured_s DESC, patient, ahead)) WITHOUT ROWID;
"""
# The key is the order in which readings are stored: what is taken next lies together, and nothing else is kept sorted.
ROW = "lane, patient, measured_s, value, trend, arrived_s, ahead"
KEY = "lane=? AND measured_s=? AND patient=? AND ahead=?"
FRESH, BACKFILL = 0, 1
URGENT_LOW_MG_DL = 55
INBOX = "inbox"


class Waiting(NamedTuple):
    """A reading in the inbox.

    ``ahead``: its device's clock was ahead when it arrived. It is kept apart from readings measured when they say,
    for it must not take the place of one with the same stamp that comes once the clock is right again.
    """

    lane: int
    patient: int
    measured_s: int
    value_mg_dl: int
    trend: int
    arrived_s: float
    ahead: bool = False


class Inbox:
    """The queue between gateway and processor, with two lanes: fresh readings and backfill."""

    def __init__(self, env: Env) -> None:
        self._db = env.database(INBOX)
        self._db.executescript(SCHEMA)

    def append(self, readings: list[Waiting]) -> None:
        """Make these readings durable, in one transaction. One that waits in the same lane already stays as it is."""
        rows = [(r.lane, r.measured_s, r.patient, r.ahead, r.value_mg_dl, r.trend, r.arrived_s) for r in readings]
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def holds(self, reading: Waiting) -> bool:
        """Say whether a reading of this patient and moment waits, in whichever lane."""
        keys = [_key(reading._replace(lane=lane)) for lane in (FRESH, BACKFILL)]
        return any(self._db.execute(f"SELECT 1 FROM inbox WHERE {KEY}", key).fetchone() for key in keys)  # noqa: S608

    def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings among the fresh ones."""
        return self._db.execute(
            "SELECT patient, measured_s, value FROM inbox WHERE lane=? AND measured_s>=? AND value<=?",
            (FRESH, since_s, URGENT_LOW_MG_DL),
        ).fetchall()

    def next(self, most: int) -> list[Waiting]:
        """Return what to store next: fresh readings, the newest first; old ones only with what is left over."""
        return self._ordered("lane, measured_s DESC, patient, ahead", most)

    def remove(self, readings: list[Waiting]) -> None:
        """Forget readings that were stored."""
        with self._db:
            self._db.executemany(f"DELETE FROM inbox WHERE {KEY}", map(_key, readings))  # noqa: S608 - no input

    def longer_than(self, readings: int) -> bool:
        """Say whether more than so many wait, without counting them all."""
        return self._db.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (readings,)).fetchone() is not None

    def count(self) -> int:
        """Return how many readings wait."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])

    def _ordered(self, order: str, most: int) -> list[Waiting]:
        rows = self._db.execute(f"SELECT {ROW} FROM inbox ORDER BY {order} LIMIT ?", (most,))  # noqa: S608 - no input
        return [Waiting(*row) for row in rows]


def _key(reading: Waiting) -> tuple[int, int, int, bool]:
    return reading.lane, reading.measured_s, reading.patient, reading.ahead
