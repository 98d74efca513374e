"""The store on a PostgreSQL server. Each call is one statement: there is no half of it, and it may be done again.

A server that hung may carry out late what was asked before it did. So the value that arrived last stays, in whatever
order they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deadair.reference.env import RemoteDatabase, Unreachable
from deadair.reference.storage.inbox import URGENT_LOW_MG_DL, Waiting
from deadair.reference.storage.store import StoreUnreachable

LOW = f"kind = 0 AND value <= {URGENT_LOW_MG_DL}"
STEPS = (
    f"""
CREATE TABLE reading (patient bigint, kind smallint, measured_s bigint, value bigint NOT NULL,
  trend smallint NOT NULL, arrived_s double precision NOT NULL, PRIMARY KEY (patient, kind, measured_s));
CREATE INDEX reading_low ON reading (measured_s) WHERE {LOW};
""",
)
"""What makes its tables, forward only: a change of one is a step more."""
PUT = """
INSERT INTO reading
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::float8[])
ON CONFLICT (patient, kind, measured_s) DO UPDATE
SET value = excluded.value, trend = excluded.trend, arrived_s = excluded.arrived_s
WHERE reading.arrived_s <= excluded.arrived_s
"""
LATEST = """
SELECT measured_s, value, trend FROM reading WHERE patient = %s AND kind = 0 AND measured_s >= %s
ORDER BY measured_s DESC LIMIT %s
"""
EVERY = "SELECT measured_s, value FROM reading WHERE patient = %s ORDER BY measured_s DESC"
MISSING = """
SELECT 1 FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::smallint[])
  AS asked (patient, kind, measured_s, value, trend) LEFT JOIN reading USING (patient, kind, measured_s)
WHERE (reading.value, reading.trend) IS DISTINCT FROM (asked.value, asked.trend) LIMIT 1
"""
LOWS = f"SELECT patient, measured_s, value FROM reading WHERE {LOW} AND measured_s >= %s"  # noqa: S608 - no input
FORGET = """
WITH who AS (SELECT min(patient) AS patient FROM reading WHERE patient > %s),
  old AS (SELECT kind, measured_s FROM reading WHERE patient = (SELECT patient FROM who)
    AND kind IN (0, 1, 2) AND measured_s < %s LIMIT %s),
  gone AS (DELETE FROM reading USING old WHERE reading.patient = (SELECT patient FROM who)
    AND reading.kind = old.kind AND reading.measured_s = old.measured_s RETURNING 1)
SELECT patient, (SELECT count(*) FROM gone) FROM who WHERE patient IS NOT NULL
"""
SOON = 0.25
"""Of the limit: how long an upload waits to hear whether it is known."""


class PostgresStore:
    """Stored readings."""

    def __init__(self, remote: RemoteDatabase) -> None:
        self._remote = remote

    async def put(self, readings: list[Waiting]) -> None:
        """Store readings: of several for one moment the one that arrived last."""
        last = {(r.patient, r.kind, r.measured_s): r for r in sorted(readings, key=lambda one: one.arrived_s)}
        rows = [(*key, r.value_mg_dl, r.trend, r.arrived_s) for key, r in sorted(last.items())]
        await self._ask(PUT, *map(list, zip(*rows, strict=True)))

    async def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Look by the table's key."""
        return await self._ask(LATEST, patient, int(since_s), most)

    async def every(self, patient: int) -> list[tuple[int, int]]:
        """Look by the table's key."""
        return await self._ask(EVERY, patient)

    async def holds(self, readings: Sequence[Waiting]) -> bool:
        """Ask for all of them at once."""
        rows = [(r.patient, r.kind, r.measured_s, r.value_mg_dl, r.trend) for r in readings]
        try:
            return not await self._ask(MISSING, *map(list, zip(*rows, strict=True)), patience=SOON)
        except StoreUnreachable:
            return False

    async def forget(self, before_s: float, *, after: int, most: int) -> tuple[int, int] | None:
        """Look by the table's key: who there is, and how old."""
        rows = await self._ask(FORGET, after, int(before_s), most)
        return rows[0] if rows else None

    async def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Look by the index of lows."""
        return await self._ask(LOWS, int(since_s))

    async def _ask(self, statement: str, *values: object, patience: float = 1.0) -> list[Any]:
        try:
            return await self._remote.ask(statement, values, patience=patience)
        except Unreachable as error:
            raise StoreUnreachable(str(error)) from error
