"""Readings that were acknowledged and not yet stored. Durable: what is in here survives a crash.

The gateway appends, the processor takes; each opens it for itself.
"""

from __future__ import annotations

from typing import NamedTuple

from deadair.reference.env import Env

ORDER = "lane, measured_s DESC, patient, ahead"
"""In which order readings are stored. It is the table's key: what is taken next lies together."""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS inbox (lane INTEGER, patient INTEGER, measured_s INTEGER, value INTEGER NOT NULL,
  trend INTEGER NOT NULL, arrived_s REAL NOT NULL, ahead INTEGER, PRIMARY KEY ({ORDER})) WITHOUT ROWID;
"""
FRESH, BACKFILL = 0, 1
URGENT_LOW_MG_DL = 55
INBOX = "inbox"


class Waiting(NamedTuple):
    """A reading, as it is in its table.

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
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?)", readings)

    def holds(self, reading: Waiting) -> bool:
        """Say whether a reading of this patient and moment waits, in whichever lane."""
        query = "SELECT 1 FROM inbox WHERE lane IN (?, ?) AND measured_s=? AND patient=? AND ahead=?"
        key = (FRESH, BACKFILL, reading.measured_s, reading.patient, reading.ahead)
        return self._db.execute(query, key).fetchone() is not None

    def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings among the fresh ones."""
        return self._db.execute(
            "SELECT patient, measured_s, value FROM inbox WHERE lane=? AND measured_s>=? AND value<=?",
            (FRESH, since_s, URGENT_LOW_MG_DL),
        ).fetchall()

    def next(self, most: int) -> list[Waiting]:
        """Return what to store next: fresh readings, the newest first; old ones only with what is left over."""
        return self._ordered(ORDER, most)

    def remove(self, readings: list[Waiting]) -> None:
        """Forget readings that were stored."""
        keys = [(reading.lane, reading.measured_s, reading.patient, reading.ahead) for reading in readings]
        with self._db:
            self._db.executemany("DELETE FROM inbox WHERE lane=? AND measured_s=? AND patient=? AND ahead=?", keys)

    def longer_than(self, readings: int) -> bool:
        """Say whether more than so many wait, without counting them all."""
        return self._db.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (readings,)).fetchone() is not None

    def count(self) -> int:
        """Return how many readings wait."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])

    def _ordered(self, order: str, most: int) -> list[Waiting]:
        rows = self._db.execute(f"SELECT * FROM inbox ORDER BY {order} LIMIT ?", (most,))  # noqa: S608 - no input
        return [Waiting(*row) for row in rows]
