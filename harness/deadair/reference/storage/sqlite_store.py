"""The store as a database of this installation. Its calls end before anything else happens: nothing ever waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deadair.reference.env import Env
from deadair.reference.storage.inbox import URGENT_LOW_MG_DL, Waiting
from deadair.reference.storage.store import StoreUnreachable

LOW = f"kind=0 AND value<={URGENT_LOW_MG_DL}"
"""What the index is of: the few urgent lows. Written out, for only so does SQLite see that it answers a query."""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS reading (patient INTEGER, kind INTEGER, measured_s INTEGER, value INTEGER NOT NULL,
  trend INTEGER NOT NULL, PRIMARY KEY (patient, kind, measured_s)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reading_low ON reading (measured_s) WHERE {LOW};
"""


class SqliteStore:
    """Stored readings."""

    def __init__(self, env: Env) -> None:
        self._db = env.database("store")
        self._db.executescript(SCHEMA)

    async def put(self, readings: list[Waiting]) -> None:
        """Store readings, in one transaction."""
        rows = [(r.patient, r.kind, r.measured_s, r.value_mg_dl, r.trend) for r in readings]
        with _named(), self._db:
            self._db.executemany(
                "INSERT INTO reading VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value=excluded.value,"
                " trend=excluded.trend",
                rows,
            )

    async def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Look by the table's key."""
        with _named():
            return self._db.execute(
                "SELECT measured_s, value, trend FROM reading WHERE patient=? AND kind=0 AND measured_s>=?"
                " ORDER BY measured_s DESC LIMIT ?",
                (patient, int(since_s), most),
            ).fetchall()

    async def every(self, patient: int) -> list[tuple[int, int]]:
        """Look by the table's key."""
        with _named():
            return self._db.execute(
                "SELECT measured_s, value FROM reading WHERE patient=? ORDER BY measured_s DESC", (patient,)
            ).fetchall()

    async def holds(self, readings: Sequence[Waiting]) -> bool:
        """Ask for the newest first: it is the one that is new."""
        query = "SELECT 1 FROM reading WHERE patient=? AND kind=? AND measured_s=? AND value=? AND trend=?"
        try:
            return all(
                self._db.execute(query, (one.patient, one.kind, one.measured_s, one.value_mg_dl, one.trend)).fetchone()
                for one in reversed(readings)
            )
        except sqlite3.Error:
            return False

    async def forget(self, before_s: float, *, after: int, most: int) -> tuple[int, int] | None:
        """Look by the table's key: who there is, and how old."""
        query = "SELECT kind, measured_s FROM reading WHERE patient=? AND kind IN (0, 1, 2) AND measured_s<? LIMIT ?"
        with _named():
            (patient,) = self._db.execute("SELECT min(patient) FROM reading WHERE patient>?", (after,)).fetchone()
            if patient is None:
                return None
            old = [(patient, *key) for key in self._db.execute(query, (patient, before_s, most))]
            if old:
                with self._db:
                    self._db.executemany("DELETE FROM reading WHERE patient=? AND kind=? AND measured_s=?", old)
            return patient, len(old)

    async def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Look by the index of lows."""
        with _named():
            return self._db.execute(
                f"SELECT patient, measured_s, value FROM reading WHERE {LOW} AND measured_s>=?",  # noqa: S608 - no input
                (since_s,),
            ).fetchall()


@contextmanager
def _named() -> Iterator[None]:
    """Raise what the database raises as what all stores raise."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnreachable(str(error)) from error
