"""A data folder as the builds of format 2 wrote it: their tables, word for word, with rows in them. Never changed.

``PATIENT`` and ``FOLLOWER`` are accounts that follow each other's readings; the stamps are of one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

PATIENT, FOLLOWER = 1, 2
SESSION = "11111111-1111-4111-8111-111111111111"
PUBLIC = {PATIENT: "22222222-2222-4222-8222-222222222222", FOLLOWER: "33333333-3333-4333-8333-333333333333"}
CONTACT = "44444444-4444-4444-8444-444444444444"
SUBSCRIPTION = "55555555-5555-4555-8555-555555555555"
MEASURED_S = 1_000_000
TABLES = {
    "accounts": """
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, public TEXT UNIQUE NOT NULL,
  password TEXT NOT NULL, serial TEXT, monitored INTEGER NOT NULL);

CREATE TABLE IF NOT EXISTS contact (public TEXT PRIMARY KEY, patient INTEGER NOT NULL, name TEXT NOT NULL,
  address TEXT NOT NULL, subscription TEXT UNIQUE, display TEXT NOT NULL, no_data_after_s REAL, realarm_every_s REAL,
  UNIQUE (patient, name), UNIQUE (patient, address)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_address ON contact (address);

CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, follower INTEGER NOT NULL, patient INTEGER NOT NULL,
  token TEXT NOT NULL, no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, realarm_every_s REAL NOT NULL,
  revoked INTEGER NOT NULL, revision INTEGER NOT NULL, UNIQUE (follower, patient));
""",
    "sessions": """
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, account INTEGER NOT NULL, opened_s REAL NOT NULL)
  WITHOUT ROWID;
""",
    "inbox": """
CREATE TABLE IF NOT EXISTS inbox (lane INTEGER, patient INTEGER, measured_s INTEGER, value INTEGER NOT NULL,
  trend INTEGER NOT NULL, arrived_s REAL NOT NULL, ahead INTEGER,
  PRIMARY KEY (lane, measured_s DESC, patient, ahead)) WITHOUT ROWID;
""",
    "store": """
CREATE TABLE IF NOT EXISTS reading (patient INTEGER, ahead INTEGER, measured_s INTEGER, value INTEGER NOT NULL,
  trend INTEGER NOT NULL, PRIMARY KEY (patient, ahead, measured_s)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reading_low ON reading (measured_s) WHERE ahead=0 AND value<=55;
""",
    "alarms": """
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, patient INTEGER NOT NULL, token TEXT NOT NULL,
  no_data_after_s REAL NOT NULL, realarm_every_s REAL NOT NULL, since_s REAL NOT NULL, confirmed_s REAL NOT NULL,
  acknowledged_s REAL NOT NULL, snoozed_until_s REAL NOT NULL, void_s REAL NOT NULL, told_s REAL NOT NULL,
  alarmed_s REAL NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS push (follow INTEGER, patient INTEGER NOT NULL, token TEXT NOT NULL, onset_s REAL NOT NULL,
  measured_s REAL NOT NULL, due_s REAL NOT NULL, expires_s REAL NOT NULL, kind TEXT, value INTEGER NOT NULL,
  rank INTEGER AS (CASE kind WHEN 'urgent_low' THEN 0 WHEN 'no_data' THEN 1 ELSE 2 END), PRIMARY KEY (follow, kind));
CREATE VIEW IF NOT EXISTS addressed AS SELECT * FROM push WHERE token<>'' OR follow=0;
CREATE INDEX IF NOT EXISTS push_order ON push (rank, due_s);
CREATE TABLE IF NOT EXISTS low (patient INTEGER, measured_s INTEGER, PRIMARY KEY (patient, measured_s)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sentinel (id INTEGER PRIMARY KEY, down INTEGER NOT NULL);
""",
    "sentinel": """
CREATE TABLE IF NOT EXISTS roster (follow INTEGER PRIMARY KEY, token TEXT NOT NULL, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, outage_s REAL, incident_s REAL);
""",
}
Row = tuple[float | str | None, ...]
ROWS: dict[str, dict[str, Sequence[Row]]] = {
    "accounts": {
        "account": [
            (PATIENT, "Kid@Example.org", PUBLIC[PATIENT], "hash of one", "SN1", 1),
            (FOLLOWER, "mum", PUBLIC[FOLLOWER], "hash of two", None, 0),
        ],
        "contact": [(CONTACT, PATIENT, "Mother", "mum", SUBSCRIPTION, "Kid", 1800.0, 900.0)],
        "follow": [(7, FOLLOWER, PATIENT, "token-7", 1800.0, 999_000.0, 900.0, 0, 3)],
    },
    "sessions": {"session": [(SESSION, FOLLOWER, 999_900.0)]},
    "inbox": {
        "inbox": [
            (0, PATIENT, MEASURED_S, 101, 4, 1_000_001.0, 0),
            (1, PATIENT, MEASURED_S - 86_400, 52, 4, 1_000_001.0, 0),
            (1, PATIENT, MEASURED_S + 86_400, 102, 4, 1_000_001.0, 1),
            (0, PATIENT, MEASURED_S - 10, 10, 0, 1_000_001.0, 0),
        ]
    },
    "store": {
        "reading": [
            (PATIENT, 0, MEASURED_S - 300, 103, 4),
            (PATIENT, 0, MEASURED_S - 600, 51, 7),
            (PATIENT, 1, MEASURED_S + 43_200, 104, 4),
            (PATIENT, 0, MEASURED_S - 900, 5, 0),
        ]
    },
    "alarms": {
        "follow": [(7, PATIENT, "token-7", 1800.0, 900.0, 999_000.0, 999_400.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3)],
        "push": [(7, PATIENT, "token-7", 999_400.0, 999_400.0, 999_401.0, 1_001_201.0, "urgent_low", 51)],
        "low": [(PATIENT, MEASURED_S - 600)],
        "sentinel": [(1, 0)],
    },
    "sentinel": {"roster": [(7, "token-7", "back")], "state": [(1, None, None)]},
}


def write(folder: Path) -> None:
    """Write all of them, as their nodes left them."""
    for name, tables in TABLES.items():
        database = sqlite3.connect(folder / f"{name}.sqlite")
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(tables)
        for table, rows in ROWS[name].items():
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
        database.execute("PRAGMA user_version = 2")
        database.commit()
        database.close()
