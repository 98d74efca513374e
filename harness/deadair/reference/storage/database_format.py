"""The format of the databases: told by a number in each file's header, before anything else is read. Knows no table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from deadair.reference.storage.migrations import FORMAT, OLDEST, migrate
from deadair.reference.storage.watched_connection import CORRUPT, OF_SOMEBODY_ELSE, WatchedConnection

MIGRATION_LIMIT_S = 600.0
"""How long a node waits while another one brings a file to this format, or ends what it does with it."""


class WrongFormat(Exception):  # noqa: N818 - an answer to whoever runs this
    """A file that this build cannot use; the message says which, why and what to do."""


def opened(path: Path, *, timeout_s: float) -> WatchedConnection:
    """Open a database, or make a new one, and stamp it. ``timeout_s``: how long others may keep it locked.

    One of an older format is brought to this one first, or stays as it is. Raises WrongFormat, and OperationalError
    while it is locked, out of reach or full.
    """
    database = sqlite3.connect(path, timeout=timeout_s, factory=WatchedConnection)
    try:
        database.brought_from = _claim(database, path)
        database.execute(f"PRAGMA busy_timeout = {timeout_s * 1000:.0f}")
    except BaseException:
        database.close()
        raise
    return database


def _claim(database: sqlite3.Connection, path: Path) -> int:
    """Make a file one of this format, and return the older one that it was of, if it was."""
    older = brought_from = 0
    try:
        found = _format_of(database)
        if found == FORMAT:
            return 0
        if OLDEST <= found < FORMAT:
            older = found
            database.execute(f"PRAGMA busy_timeout = {MIGRATION_LIMIT_S * 1000:.0f}")
        # Nodes open a file together: only who holds it may take it for new, or change its tables.
        database.execute("BEGIN EXCLUSIVE")
        found = _format_of(database)
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not found and not tables:
            database.execute(f"PRAGMA user_version = {FORMAT}")
            found = FORMAT
        elif OLDEST <= found < FORMAT:
            migrate(database, path.stem, found)
            brought_from, found = found, FORMAT
        database.commit()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname in CORRUPT:
            raise WrongFormat(f"{path}: {error}: put a copy in its place, or move it away to begin anew") from error
        if older and not error.sqlite_errorname.startswith(OF_SOMEBODY_ELSE):
            raise WrongFormat(
                f"{path} could not be brought from the format {older} to {FORMAT}, and is as it was: {error}: make"
                " room on its disk and let this user write to it, then start again"
            ) from error
        raise
    if found != FORMAT:
        raise WrongFormat(
            f"{path} has the format {found}, this build writes {FORMAT}: run the build that wrote it, or move it away"
            " to begin anew"
        )
    return brought_from


def _format_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
