"""The service's databases are opened by several nodes at once, each in its own process: none may fail by it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from harness.reference import live
from harness.reference.alarms import Alarms
from harness.reference.live import LiveEnv
from harness.reference.settings import Settings

NODES = 4
TIMES = 60


def test_nodes_that_open_a_new_database_in_one_moment_all_get_it(tmp_path: Path) -> None:
    env = LiveEnv(tmp_path, Settings())
    with ThreadPoolExecutor(NODES) as pool:
        for number in range(TIMES):
            together = Barrier(NODES)

            def begin(number: int = number, together: Barrier = together) -> str:
                together.wait(10)
                database = env.database(f"alarms-{number}")
                mode: str = database.execute("PRAGMA journal_mode").fetchone()[0]
                database.close()
                return mode

            assert [done.result() for done in [pool.submit(begin) for _ in range(NODES)]] == ["wal"] * NODES


def test_a_database_that_somebody_keeps_locked_is_given_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOCKED_LIMIT_S", 0.2)
    holder = sqlite3.connect(tmp_path / "alarms.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Alarms(LiveEnv(tmp_path, Settings()))
    holder.execute("COMMIT")
    holder.close()
    assert Alarms(LiveEnv(tmp_path, Settings())).watched() == []
