"""The format of the databases: told by a number in each file's header, before anything else is read. Knows no table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

FORMAT = 2
"""Raised with any change of a table after which an older file cannot be read."""
NO_DATABASE = {"SQLITE_NOTADB", "SQLITE_CORRUPT"}


class WrongFormat(Exception):  # noqa: N818 - an answer to whoever runs this
    """A file that this build cannot use; the message says which, why and what to do."""


def opened(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open a database, or make a new one, and stamp it. ``timeout_s``: how long others may keep it locked.

    Raises WrongFormat, and OperationalError while it is locked, out of reach or full.
    """
    database = sqlite3.connect(path, timeout=timeout_s)
    try:
        _claim(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _claim(database: sqlite3.Connection, path: Path) -> None:
    try:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found == FORMAT:
            return
        # Nodes open a new file together: only who holds it may take it for new.
        database.execute("BEGIN IMMEDIATE")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not found and not tables:
            database.execute(f"PRAGMA user_version = {FORMAT}")
            found = FORMAT
        database.commit()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname not in NO_DATABASE:
            raise
        raise WrongFormat(f"{path}: {error}: put a copy in its place, or move it away to begin anew") from error
    if found != FORMAT:
        raise WrongFormat(
            f"{path} has the format {found}, this build writes {FORMAT}: run the build that wrote it, or move it away"
            " to begin anew"
        )
