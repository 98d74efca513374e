"""Readings that were acknowledged and not yet stored. Durable: what is in here survives a crash.

The gateway appends, the processor takes; each opens it for itself.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.reference.env import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, patient INTEGER NOT NULL,
  measured_s INTEGER NOT NULL, value INTEGER NOT NULL, trend INTEGER NOT NULL, arrived_s REAL NOT NULL,
  ahead INTEGER NOT NULL, UNIQUE (patient, measured_s, ahead));
CREATE INDEX IF NOT EXISTS inbox_lane ON inbox (lane, measured_s);
"""
ROW = "id, lane, patient, measured_s, value, trend, arrived_s, ahead"
FRESH, BACKFILL = 0, 1
URGENT_LOW_MG_DL = 55
INBOX = "inbox"


class Waiting(NamedTuple):
    """A reading in the inbox; ``number`` is 0 until it is there.

    ``ahead``: its device's clock was ahead when it arrived. It is kept apart from readings measured when they say,
    for it must not take the place of one with the same stamp that comes once the clock is right again.
    """

    number: int
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
        """Make these readings durable, in one transaction. One that waits already stays as it is."""
        rows = [(r.lane, r.patient, r.measured_s, r.value_mg_dl, r.trend, r.arrived_s, r.ahead) for r in readings]
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO inbox VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", rows)

    def holds(self, reading: Waiting) -> bool:
        """Say whether a reading of this patient and moment waits."""
        key = (reading.patient, reading.measured_s, reading.ahead)
        return bool(
            self._db.execute("SELECT 1 FROM inbox WHERE patient=? AND measured_s=? AND ahead=?", key).fetchone()
        )

    def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings among the fresh ones."""
        return self._db.execute(
            "SELECT patient, measured_s, value FROM inbox WHERE lane=? AND measured_s>=? AND value<=?",
            (FRESH, since_s, URGENT_LOW_MG_DL),
        ).fetchall()

    def newest_of_lane(self, lane: int, most: int) -> list[Waiting]:
        """Return up to ``most`` readings of a lane, the newest first."""
        query = f"SELECT {ROW} FROM inbox WHERE lane=? ORDER BY measured_s DESC, id LIMIT ?"  # noqa: S608 - no input
        rows = self._db.execute(query, (lane, most))
        return [Waiting(*row) for row in rows]

    def oldest(self, most: int) -> list[Waiting]:
        """Return up to ``most`` readings of both lanes, in order of arrival."""
        rows = self._db.execute(f"SELECT {ROW} FROM inbox ORDER BY id LIMIT ?", (most,))  # noqa: S608
        return [Waiting(*row) for row in rows]

    def remove(self, readings: list[Waiting]) -> None:
        """Forget readings that were stored; none that was given the number of one that is gone already."""
        keys = [(reading.number, reading.patient, reading.measured_s) for reading in readings]
        with self._db:
            self._db.executemany("DELETE FROM inbox WHERE id=? AND patient=? AND measured_s=?", keys)

    def longer_than(self, readings: int) -> bool:
        """Say whether more than so many wait, without counting them all."""
        return self._db.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (readings,)).fetchone() is not None

    def count(self) -> int:
        """Return how many readings wait."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])
