"""The readings for good: each (patient, measured time) once. The processor writes, the gateway reads."""

from __future__ import annotations

from harness.reference.env import Env
from harness.reference.inbox import Waiting

SCHEMA = """
CREATE TABLE IF NOT EXISTS reading (patient INTEGER, measured_s INTEGER, value INTEGER NOT NULL, trend INTEGER NOT NULL,
  PRIMARY KEY (patient, measured_s)) WITHOUT ROWID;
"""


class Store:
    """Stored readings."""

    def __init__(self, env: Env) -> None:
        self._db = env.database("store")
        self._db.executescript(SCHEMA)

    def put(self, readings: list[Waiting]) -> None:
        """Store readings, in one transaction. The first value of a (patient, measured time) stays."""
        rows = [(r.patient, r.measured_s, r.value_mg_dl, r.trend) for r in readings]
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?)", rows)

    def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Return up to ``most`` (measured_s, value, trend) not older than ``since_s``, the newest first."""
        return self._db.execute(
            "SELECT measured_s, value, trend FROM reading WHERE patient=? AND measured_s>=?"
            " ORDER BY measured_s DESC LIMIT ?",
            (patient, int(since_s), most),
        ).fetchall()
