"""Readings that were acknowledged and not yet stored. Durable: what is in here survives a crash.

The gateway appends, the processor takes; each opens it for itself.
"""

from __future__ import annotations

from typing import NamedTuple

from deadair.reference.env import Env

ORDER = "lane, measured_s DESC, patient, kind"
"""In which order readings are stored. It is the table's key: what is taken next lies together."""
COLUMNS = "lane, patient, measured_s, value, trend, arrived_s, kind"
"""What a reading is made of, in the order of ``Waiting``. In the table its key comes first: else SQLite 3.40, asked
whether the file is sound, says that it is not."""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS inbox (lane INTEGER, measured_s INTEGER, patient INTEGER, kind INTEGER,
  value INTEGER NOT NULL, trend INTEGER NOT NULL, arrived_s REAL NOT NULL, PRIMARY KEY ({ORDER})) WITHOUT ROWID;
"""
PUT = f"""
INSERT INTO inbox ({COLUMNS}) VALUES (
  iif(EXISTS (SELECT 1 FROM inbox WHERE lane=0 AND measured_s=?3 AND patient=?2 AND kind=?7), 0, ?1), ?2, ?3, ?4, ?5,
  ?6, ?7) ON CONFLICT DO UPDATE SET value=excluded.value, trend=excluded.trend, arrived_s=excluded.arrived_s
"""  # noqa: S608 - no input
"""Puts a reading in its lane, or in the place where it waits among the fresh ones."""
FRESH, BACKFILL = 0, 1
READING, AHEAD, EVENT = 0, 1, 2
"""The kinds: a reading; one whose device's clock was ahead when it arrived; what a sensor said instead of a reading."""
URGENT_LOW_MG_DL = 55
INBOX = "inbox"


class Waiting(NamedTuple):
    """What was measured, as it is in its table: of a patient, kind and moment once, with the value that came last.

    Only a READING is shown to anybody. Kinds are kept apart, for none may take the place of one of the same stamp: one
    that a clock named which was ahead is not the one that comes once it is right, and a sensor's error is no value.
    """

    lane: int
    patient: int
    measured_s: int
    value_mg_dl: int
    trend: int
    arrived_s: float
    kind: int = READING


class Inbox:
    """The queue between gateway and processor, with two lanes: fresh readings and backfill."""

    def __init__(self, env: Env) -> None:
        self._db = env.database(INBOX)
        self._db.executescript(SCHEMA)

    def append(self, readings: list[Waiting]) -> None:
        """Make these readings durable, in one transaction. One that waits already has its value from now on."""
        fresh = [(one.measured_s, one.patient, one.kind) for one in readings if one.lane == FRESH]
        with self._db:
            self._db.executemany(PUT, readings)
            self._db.executemany("DELETE FROM inbox WHERE lane=1 AND measured_s=? AND patient=? AND kind=?", fresh)

    def waiting(self, reading: Waiting) -> tuple[int, int] | None:
        """Return the value and trend with which a reading of this patient, kind and moment waits, if one does."""
        query = "SELECT value, trend FROM inbox WHERE lane IN (0, 1) AND measured_s=? AND patient=? AND kind=?"
        found: tuple[int, int] | None = self._db.execute(
            query, (reading.measured_s, reading.patient, reading.kind)
        ).fetchone()
        return found

    def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings among the fresh ones."""
        return self._db.execute(
            "SELECT patient, measured_s, value FROM inbox WHERE lane=? AND measured_s>=? AND kind=? AND value<=?",
            (FRESH, since_s, READING, URGENT_LOW_MG_DL),
        ).fetchall()

    def next(self, most: int) -> list[Waiting]:
        """Return what to store next: fresh readings, the newest first; old ones only with what is left over."""
        return self._ordered(ORDER, most)

    def remove(self, readings: list[Waiting]) -> None:
        """Forget readings that were stored; not one that was given another value meanwhile."""
        those = [(one.lane, one.measured_s, one.patient, one.kind, one.value_mg_dl, one.trend) for one in readings]
        with self._db:
            self._db.executemany(
                "DELETE FROM inbox WHERE lane=? AND measured_s=? AND patient=? AND kind=? AND value=? AND trend=?",
                those,
            )

    def longer_than(self, readings: int) -> bool:
        """Say whether more than so many wait, without counting them all."""
        return self._db.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (readings,)).fetchone() is not None

    def count(self) -> int:
        """Return how many readings wait."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])

    def _ordered(self, order: str, most: int) -> list[Waiting]:
        rows = self._db.execute(f"SELECT {COLUMNS} FROM inbox ORDER BY {order} LIMIT ?", (most,))  # noqa: S608 - no input
        return [Waiting(*row) for row in rows]
