"""Spoils a database's file, as a bad disk does: in its middle, where its header says nothing of it, or all of it.

`python -m tools.spoiled_file FILE` does the first, to be run where the file is mounted: SQLite wants its real name.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from deadair.model.clock import Deadline, pause

ROWS = 2000
NOISE = b"\xa5"
LIMIT_S = 10.0


def fill(file: Path) -> None:
    """Put a table of many pages into a database, and all of its log into the file."""
    limit = Deadline.after(LIMIT_S)
    with closing(sqlite3.connect(file, timeout=LIMIT_S)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS filler (id INTEGER PRIMARY KEY, words TEXT)")
        database.executemany("INSERT INTO filler VALUES (NULL, ?)", [("words " * 20,)] * ROWS)
        database.commit()
        while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] and not limit.passed():
            pause(0.02)  # somebody reads


def spoil(file: Path) -> None:
    """Overwrite all pages of a database but the first."""
    with file.open("r+b") as raw:
        page_bytes = int.from_bytes(raw.read(18)[16:], "big") % 65_535 or 65_536
        raw.seek(page_bytes)
        raw.write(NOISE * (file.stat().st_size - page_bytes))


def spoil_whole(file: Path) -> None:
    """Overwrite all of it, and its log."""
    for one in (file, file.with_name(f"{file.name}-wal")):
        if one.exists():
            with one.open("r+b") as raw:
                raw.write(NOISE * one.stat().st_size)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
    spoil(Path(sys.argv[1]))
