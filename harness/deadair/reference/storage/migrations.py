"""How a database of an older build becomes one of this build: forward only, and all of it or nothing.

Knows the tables as they were. As they are now, they are in the files that own them: whoever changes one there adds a
step here. Steps run in the order in which they are written, under a lock that their caller holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from deadair.reference.accounts.names import name_key

FORMAT = 3
"""Raised once for all the changes of a release after which an older file cannot be read."""
OLDEST = 2
"""The first format from which there are steps."""


class MigrationStep(NamedTuple):
    """What becomes of one table. One that is not there needs nothing: whoever owns it makes it as it is now."""

    table: str
    change: Callable[[sqlite3.Connection], None]


def statements(table: str, *texts: str) -> MigrationStep:
    """Return a step that is plain SQL. It must not begin, commit or roll back."""

    def change(database: sqlite3.Connection) -> None:
        for text in texts:
            database.execute(text)

    return MigrationStep(table, change)


FOLLOW_OF_AN_INSTALLATION = statements(
    "follow",
    "ALTER TABLE follow RENAME TO follow_2",
    """CREATE TABLE follow (id INTEGER PRIMARY KEY, follower INTEGER NOT NULL, patient INTEGER NOT NULL,
  token TEXT NOT NULL, no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, realarm_every_s REAL NOT NULL,
  revoked INTEGER NOT NULL, revision INTEGER NOT NULL, installation TEXT NOT NULL,
  UNIQUE (follower, patient, installation))""",
    "INSERT INTO follow SELECT *, 'follow ' || id FROM follow_2",
    "DROP TABLE follow_2",
)
"""Until then an account had one phone for each patient. It is known by its token when it registers again."""

KINDS_THAT_WAIT = statements(
    "inbox",
    # Of what waits in both lanes, the value that came first was stored first, and stayed.
    "DELETE FROM inbox AS old WHERE lane=1 AND EXISTS (SELECT 1 FROM inbox WHERE lane=0 AND measured_s=old.measured_s"
    " AND patient=old.patient AND ahead=old.ahead)",
    "ALTER TABLE inbox RENAME TO inbox_2",
    """CREATE TABLE inbox (lane INTEGER, measured_s INTEGER, patient INTEGER, kind INTEGER,
  value INTEGER NOT NULL, trend INTEGER NOT NULL, arrived_s REAL NOT NULL,
  PRIMARY KEY (lane, measured_s DESC, patient, kind)) WITHOUT ROWID""",
    "INSERT OR REPLACE INTO inbox SELECT iif(value<39, 1, lane), measured_s, patient, iif(value<39, 2, ahead), value,"
    " trend, arrived_s FROM inbox_2",
    "DROP TABLE inbox_2",
)
KINDS_STORED = statements(
    "reading",
    "ALTER TABLE reading RENAME COLUMN ahead TO kind",
    # By the index of lows, which is small.
    "UPDATE reading SET kind=2 WHERE kind=0 AND value<=55 AND value<39",
)
"""Until then all values from 1 on were taken for glucose."""


def _with_keys(database: sqlite3.Connection, table: str, name: str) -> None:
    database.create_function("name_key", 1, name_key, deterministic=True)
    database.execute(f"ALTER TABLE {table} ADD COLUMN key TEXT NOT NULL DEFAULT ''")
    database.execute(f"UPDATE {table} SET key=name_key({name})")  # noqa: S608 - no input


NAMES_IN_ANY_SPELLING = (
    MigrationStep("account", lambda database: _with_keys(database, "account", "name")),
    MigrationStep("contact", lambda database: _with_keys(database, "contact", "address")),
    statements("contact", "DROP INDEX IF EXISTS contact_address"),
)
"""Until then an account was known by its very letters."""

STEPS: Mapping[int, Mapping[str, tuple[MigrationStep, ...]]] = {
    2: {
        "accounts": (FOLLOW_OF_AN_INSTALLATION, *NAMES_IN_ANY_SPELLING),
        "inbox": (KINDS_THAT_WAIT,),
        "store": (KINDS_STORED,),
    }
}
"""By the format that they begin with, and the database's name: what leads to the next format."""


def migrate(database: sqlite3.Connection, name: str, found: int) -> None:
    """Bring a database of an older format to this one, in the transaction that is open, and stamp it."""
    for version in range(found, FORMAT):
        for step in STEPS[version].get(name, ()):
            if database.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (step.table,)).fetchone():
                step.change(database)
    database.execute(f"PRAGMA user_version = {FORMAT}")
