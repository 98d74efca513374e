"""Readings that were acknowledged and not yet stored. Durable: what is in here survives a crash.

The gateway appends, the processor takes; each opens it for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.reference.env import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, patient INTEGER NOT NULL,
  measured_s INTEGER NOT NULL, value INTEGER NOT NULL, trend INTEGER NOT NULL, arrived_s REAL NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_lane ON inbox (lane, measured_s);
"""
FRESH, BACKFILL = 0, 1
INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading in the inbox; ``number`` is 0 until it is there."""

    number: int
    lane: int
    patient: int
    measured_s: int
    value_mg_dl: int
    trend: int
    arrived_s: float


class Inbox:
    """The queue between gateway and processor, with two lanes: fresh readings and backfill."""

    def __init__(self, env: Env) -> None:
        self._db = env.database(INBOX)
        self._db.executescript(SCHEMA)

    def append(self, readings: list[Waiting]) -> None:
        """Make these readings durable, in one transaction."""
        rows = [(r.lane, r.patient, r.measured_s, r.value_mg_dl, r.trend, r.arrived_s) for r in readings]
        with self._db:
            self._db.executemany(
                "INSERT INTO inbox (lane, patient, measured_s, value, trend, arrived_s) VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def newest_of_lane(self, lane: int, most: int) -> list[Waiting]:
        """Return up to ``most`` readings of a lane, the newest first."""
        rows = self._db.execute(
            "SELECT id, lane, patient, measured_s, value, trend, arrived_s FROM inbox WHERE lane=?"
            " ORDER BY measured_s DESC, id LIMIT ?",
            (lane, most),
        )
        return [Waiting(*row) for row in rows]

    def oldest(self, most: int) -> list[Waiting]:
        """Return up to ``most`` readings of both lanes, in order of arrival."""
        rows = self._db.execute(
            "SELECT id, lane, patient, measured_s, value, trend, arrived_s FROM inbox ORDER BY id LIMIT ?",
            (most,),
        )
        return [Waiting(*row) for row in rows]

    def remove(self, readings: list[Waiting]) -> None:
        """Forget readings that were stored."""
        with self._db:
            self._db.executemany("DELETE FROM inbox WHERE id=?", [(reading.number,) for reading in readings])

    def longer_than(self, readings: int) -> bool:
        """Say whether more than so many wait, without counting them all."""
        return self._db.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (readings,)).fetchone() is not None

    def count(self) -> int:
        """Return how many readings wait."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])
