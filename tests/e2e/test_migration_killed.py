"""A node that is killed while it brings a database to its format: the file is as it was, and brought on next time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from deadair.reference.storage.database_format import opened
from deadair.reference.storage.migrations import FORMAT
from tests.reference import format_2

PROCESS_LIMIT_S = 30.0
KILLED = """
import os, sys
from pathlib import Path
from deadair.reference.storage import migrations
from deadair.reference.storage.database_format import opened

def die(database):
    database.execute("DELETE FROM inbox")
    database.execute("DROP TABLE inbox")
    os.kill(os.getpid(), 9)

migrations.STEPS = {2: {"inbox": (migrations.MigrationStep("inbox", die),)}}
opened(Path(sys.argv[1]), timeout_s=1.0)
"""


def inbox(path: Path) -> tuple[int, list[tuple[int, ...]]]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0], database.execute("SELECT * FROM inbox").fetchall()


def test_killed_half_way_a_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    format_2.write(tmp_path)
    path = tmp_path / "inbox.sqlite"
    before = inbox(path)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], env=dict(os.environ), timeout=PROCESS_LIMIT_S, check=False
    )
    assert killed.returncode == -9
    assert inbox(path) == before
    opened(path, timeout_s=1.0).close()
    version, rows = inbox(path)
    assert (version, len(rows)) == (FORMAT, len(before[1]))
