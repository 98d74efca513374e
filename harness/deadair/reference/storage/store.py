"""The readings for good: each (patient, measured time) once. The processor writes, the gateway reads.

Readings whose device's clock was ahead are kept apart (``ahead``): they are never shown, not even when the moment
they name has come, for they were not measured then.
"""

from __future__ import annotations

from deadair.reference.env import Env
from deadair.reference.storage.inbox import URGENT_LOW_MG_DL, Waiting

LOW = f"ahead=0 AND value<={URGENT_LOW_MG_DL}"
"""What the index is of: the few urgent lows. Written out, for only so does SQLite see that it answers a query."""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS reading (patient INTEGER, ahead INTEGER, measured_s INTEGER, value INTEGER NOT NULL,
  trend INTEGER NOT NULL, PRIMARY KEY (patient, ahead, measured_s)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reading_low ON reading (measured_s) WHERE {LOW};
"""


class Store:
    """Stored readings."""

    def __init__(self, env: Env) -> None:
        self._db = env.database("store")
        self._db.executescript(SCHEMA)

    def put(self, readings: list[Waiting]) -> None:
        """Store readings, in one transaction. The first value of a (patient, measured time) stays."""
        rows = [(r.patient, r.ahead, r.measured_s, r.value_mg_dl, r.trend) for r in readings]
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?)", rows)

    def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Return up to ``most`` (measured_s, value, trend) not older than ``since_s``, the newest first."""
        return self._db.execute(
            "SELECT measured_s, value, trend FROM reading WHERE patient=? AND ahead=0 AND measured_s>=?"
            " ORDER BY measured_s DESC LIMIT ?",
            (patient, int(since_s), most),
        ).fetchall()

    def every(self, patient: int) -> list[tuple[int, int]]:
        """Return (measured_s, value) of all there is of a patient, the newest first."""
        return self._db.execute(
            "SELECT measured_s, value FROM reading WHERE patient=? ORDER BY measured_s DESC", (patient,)
        ).fetchall()

    def holds(self, reading: Waiting) -> bool:
        """Say whether a reading of this patient and moment is stored."""
        key = (reading.patient, reading.ahead, reading.measured_s)
        return bool(
            self._db.execute("SELECT 1 FROM reading WHERE patient=? AND ahead=? AND measured_s=?", key).fetchone()
        )

    def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings not older than ``since_s``."""
        return self._db.execute(
            f"SELECT patient, measured_s, value FROM reading WHERE {LOW} AND measured_s>=?",  # noqa: S608 - no input
            (since_s,),
        ).fetchall()
