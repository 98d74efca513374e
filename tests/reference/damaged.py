"""Damages a database's file as a bad disk does: in the middle, so that its header says nothing of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

ROWS = 2000


def fill(file: Path) -> None:
    """Put a table of many pages into a database, all of it into its file."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS filler (id INTEGER PRIMARY KEY, words TEXT)")
        database.executemany("INSERT INTO filler VALUES (NULL, ?)", [("words " * 20,)] * ROWS)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def spoil(file: Path) -> None:
    """Overwrite all pages of a database but the first."""
    with file.open("r+b") as raw:
        page_bytes = int.from_bytes(raw.read(18)[16:], "big") % 65_535 or 65_536
        size_bytes = file.stat().st_size
        raw.seek(page_bytes)
        raw.write(b"\xa5" * (size_bytes - page_bytes))
