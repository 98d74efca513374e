"""A node knows what keeps it from its work: a database or disk that cannot be read or written, a loop that is late."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.reference.running import disk_watch, live
from deadair.reference.running.disk_watch import damage
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting
from tools.spoiled_file import fill, spoil

pytestmark = pytest.mark.live


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveEnv]:
    monkeypatch.setattr(live, "TICK_S", 0.01)
    env = LiveEnv(tmp_path, Settings())
    yield env
    asyncio.run(env.close())


def standing_still() -> float:
    return 0.0


def look(env: LiveEnv) -> str:
    """Look once, as its threads do again and again, and say what does not work."""
    env.disk.look()
    env._databases.look()
    return env.trouble()


def test_a_node_whose_databases_can_be_read_and_written_has_none(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env)
    assert look(env) == ""
    assert not list(tmp_path.glob("*.probe"))


def test_a_database_that_is_gone_is_told_by_its_name(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env)
    (tmp_path / "inbox.sqlite").rename(tmp_path / "elsewhere")
    assert look(env) == "inbox.sqlite: it is gone: No such file or directory"
    assert not (tmp_path / "inbox.sqlite").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "inbox.sqlite")
    assert look(env) == ""


def test_a_file_that_was_put_in_its_place_is_none_that_the_node_writes_to(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env)
    (tmp_path / "inbox.sqlite").rename(tmp_path / "elsewhere")
    sqlite3.connect(tmp_path / "inbox.sqlite").close()
    (tmp_path / "inbox.sqlite").touch()
    assert look(env) == "inbox.sqlite: another file was put in its place"


def test_one_that_somebody_writes_to_can_be_read(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env).append([Waiting(0, 1, 1, 100, 4, 1.0)])
    holder = sqlite3.connect(tmp_path / "inbox.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert look(env) == ""
    holder.close()


def test_one_that_somebody_has_to_himself_for_a_moment_is_no_trouble(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "inbox.sqlite", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("CREATE TABLE t (x)")
    watch = disk_watch.DiskWatch(tmp_path, "gateway", standing_still, check_every_s=1.0)
    watch.add("inbox")
    watch.look()
    assert watch.troubles() == {}
    holder.close()


def test_a_disk_that_takes_nothing_is_told_and_looked_at_until_it_does_again(
    env: LiveEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    assert look(env) == ""
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert look(env) == ""  # it was tried a moment ago
        patched.setattr(disk_watch, "WRITE_EVERY_S", 0.0)
        assert look(env).endswith(": No space left on device")
    assert look(env) == "", "a disk that was full is tried at each look"


def test_a_disk_that_does_not_answer_is_told_while_nobody_waits_for_it(
    env: LiveEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, ends = threading.Event(), threading.Event()

    def hang(file: int) -> None:
        hangs.set()
        assert ends.wait(10.0)

    monkeypatch.setattr(os, "fsync", hang)
    monkeypatch.setattr(disk_watch, "HANGS_AFTER_S", 0.0)
    looking = threading.Thread(target=env.disk.look)
    looking.start()
    assert hangs.wait(10.0)
    env._databases.look()
    assert env.trouble() == "disk: it has not answered for 0 s"
    ends.set()
    looking.join(10.0)
    env._databases.look()
    assert env.trouble() == ""


def test_a_change_that_failed_is_told_until_one_is_written(env: LiveEnv, tmp_path: Path) -> None:
    inbox = Inbox(env)
    (pages,) = inbox._db.execute("PRAGMA page_count").fetchone()
    inbox._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        inbox.append([Waiting(0, 1, number, 100, 4, 1.0) for number in range(2000)])
    assert look(env) == "writing inbox.sqlite: database or disk is full"
    inbox.append([Waiting(0, 1, 1, 100, 4, 1.0)])
    assert look(env) == ""


def test_damage_that_nobody_has_met_is_found_and_stays_told(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env)
    fill(tmp_path / "inbox.sqlite")
    assert damage(tmp_path / "inbox.sqlite", standing_still, threading.Event()) == ""
    spoil(tmp_path / "inbox.sqlite")
    env.disk.check()
    for _ in range(2):
        assert look(env).startswith("inbox.sqlite: it is corrupt: ")


def test_a_check_gives_way_and_gives_up(env: LiveEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Inbox(env)
    fill(tmp_path / "inbox.sqlite")
    spoil(tmp_path / "inbox.sqlite")
    monkeypatch.setattr(disk_watch, "STEPS", 1)
    assert damage(tmp_path / "inbox.sqlite", standing_still, threading.Event(), limit_s=-1.0) == ""
    stopped = threading.Event()
    stopped.set()
    assert damage(tmp_path / "inbox.sqlite", standing_still, stopped) == ""


def test_a_loop_that_is_late_is_trouble_until_it_is_on_time_again(
    env: LiveEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATE_S", 0.1)

    async def hold_up() -> tuple[str, str]:
        watching = asyncio.create_task(env.watch())
        await asyncio.sleep(0.02)
        time.sleep(0.3)
        for _ in range(5):
            await asyncio.sleep(0)  # it wakes up, late; its next sleep is longer than this
        late = env.trouble()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not (then := env.trouble()):
                break
        watching.cancel()
        return late, then

    late, then = asyncio.run(hold_up())
    assert late.startswith("loop: it is late by 0.")
    assert then == ""
