"""A node knows what keeps it from its work: a database that cannot be read, a loop that is late."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from deadair.reference.running import live
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting

pytestmark = pytest.mark.live


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveEnv:
    monkeypatch.setattr(live, "TICK_S", 0.01)
    return LiveEnv(tmp_path, Settings())


def look(env: LiveEnv) -> str:
    """Ask as if for the first time in a while."""
    env._looked_s = 0.0
    return env.trouble()


def test_a_node_whose_databases_can_be_read_has_none(env: LiveEnv) -> None:
    Inbox(env)
    assert look(env) == ""
    asyncio.run(env.close())


def test_a_database_that_is_gone_is_told_by_its_name(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env)
    (tmp_path / "inbox.sqlite").rename(tmp_path / "elsewhere")
    assert look(env).startswith("the database inbox cannot be read: ")
    assert not (tmp_path / "inbox.sqlite").exists()
    asyncio.run(env.close())


def test_one_that_somebody_writes_to_can_be_read(env: LiveEnv, tmp_path: Path) -> None:
    Inbox(env).append([Waiting(0, 1, 1, 100, 4, 1.0)])
    holder = sqlite3.connect(tmp_path / "inbox.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert look(env) == ""
    holder.close()
    asyncio.run(env.close())


def test_it_is_not_looked_at_anew_each_time(env: LiveEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK_S", 60.0)
    Inbox(env)
    assert env.trouble() == ""
    (tmp_path / "inbox.sqlite").rename(tmp_path / "elsewhere")
    assert env.trouble() == ""
    asyncio.run(env.close())


def test_a_loop_that_is_late_is_trouble_until_it_is_on_time_again(
    env: LiveEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATE_S", 0.1)

    async def hold_up() -> tuple[str, str]:
        watching = asyncio.create_task(env.watch_loop())
        await asyncio.sleep(0.02)
        time.sleep(0.3)
        for _ in range(5):
            await asyncio.sleep(0)  # it wakes up, late; its next sleep is longer than this
        late = look(env)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not (then := look(env)):
                break
        watching.cancel()
        return late, then

    late, then = asyncio.run(hold_up())
    assert late.startswith("the loop is late by 0.")
    assert then == ""
