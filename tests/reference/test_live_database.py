"""The service's databases are opened by several nodes at once, each in its own process: none may fail by it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.running import live
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.database_format import WrongFormat
from deadair.reference.storage.migrations import FORMAT

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


def older(path: Path, *, version: int) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE inbox (patient INTEGER)")
    database.execute(f"PRAGMA user_version = {version}")
    database.commit()
    database.close()


def test_a_database_says_its_format_and_is_opened_again(tmp_path: Path) -> None:
    env = LiveEnv(tmp_path, Settings())
    first = env.database("inbox")
    first.execute("CREATE TABLE inbox (patient INTEGER)")
    again = env.database("inbox")
    assert again.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    assert again.execute("SELECT count(*) FROM inbox").fetchone() == (0,)


@pytest.mark.parametrize("version", [0, FORMAT + 1, -1])
def test_what_another_build_wrote_is_refused_by_name_and_left_as_it_is(tmp_path: Path, version: int) -> None:
    path = tmp_path / "inbox.sqlite"
    older(path, version=version)
    before = path.read_bytes()
    with pytest.raises(WrongFormat, match=rf"inbox\.sqlite has the format {version}, this build writes {FORMAT}: run"):
        LiveEnv(tmp_path, Settings()).database("inbox")
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"\0" * 4096])
def test_what_is_no_database_is_refused_by_name_and_left_as_it_is(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "inbox.sqlite"
    path.write_bytes(damage)
    with pytest.raises(
        WrongFormat, match=r"inbox\.sqlite: file is not a database: put a copy in its place, or move it"
    ):
        LiveEnv(tmp_path, Settings()).database("inbox")
    assert path.read_bytes() == damage


def test_a_file_that_nobody_finished_making_is_new(tmp_path: Path) -> None:
    (tmp_path / "inbox.sqlite").touch()
    database = LiveEnv(tmp_path, Settings()).database("inbox")
    assert database.execute("PRAGMA user_version").fetchone() == (FORMAT,)
