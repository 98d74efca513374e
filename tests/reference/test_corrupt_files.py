"""A corrupt file whose loss heals by itself is put aside and begun anew; any other one is left alone, and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deadair.reference.accounts.sessions import Sessions
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.running.databases import DISPOSABLE, KEPT_ASIDE, CorruptFile
from deadair.reference.running.live import LiveEnv
from deadair.reference.running.log import Log
from deadair.reference.settings import Settings
from tools.spoiled_file import fill, spoil


class Told(Log):
    """A log that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def say(self, event: str, **facts: float | str) -> None:
        self.lines.append((event, facts))


@pytest.fixture
def told() -> Told:
    return Told()


def opened(data: Path, told: Told, make: Callable[[LiveEnv], object]) -> LiveEnv:
    env = LiveEnv(data, Settings(), told)
    make(env)
    return env


def sessions(env: LiveEnv) -> Sessions:
    return Sessions(env, Settings())


def made(data: Path, told: Told, name: str, make: Callable[[LiveEnv], object]) -> Path:
    """Return a file with something in it, which nobody has open."""
    asyncio.run(opened(data, told, make).close())
    file = data / f"{name}.sqlite"
    fill(file)
    return file


def test_a_disposable_file_that_is_corrupt_is_put_aside_and_begun_anew(tmp_path: Path, told: Told) -> None:
    file = made(tmp_path, told, "sessions", sessions)
    spoil(file)
    before = file.read_bytes()
    env = opened(tmp_path, told, sessions)
    asyncio.run(env.close())
    (aside,) = tmp_path.glob("sessions.sqlite.corrupt-*")
    assert aside.read_bytes() == before
    ((event, facts),) = told.lines
    assert (event, facts["file"]) == ("a corrupt file was put aside", "sessions.sqlite")
    assert facts["healed_by"] == DISPOSABLE["sessions"]


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"\0" * 4096])
def test_one_that_is_no_database_at_all_is_put_aside_too(tmp_path: Path, told: Told, damage: bytes) -> None:
    (tmp_path / "sessions.sqlite").write_bytes(damage)
    asyncio.run(opened(tmp_path, told, sessions).close())
    (aside,) = tmp_path.glob("sessions.sqlite.corrupt-*")
    assert aside.read_bytes() == damage


def test_who_only_looks_in_puts_no_file_aside_that_a_node_may_have_open(tmp_path: Path, told: Told) -> None:
    spoil(made(tmp_path, told, "sessions", sessions))
    env = LiveEnv(tmp_path, Settings(), told, node="")
    env.database("sessions")
    asyncio.run(env.close())
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_one_that_is_sound_is_kept(tmp_path: Path, told: Told) -> None:
    made(tmp_path, told, "sessions", sessions)
    asyncio.run(opened(tmp_path, told, sessions).close())
    assert list(tmp_path.glob("*.corrupt-*")) == []
    assert told.lines == []


def test_a_disk_that_spoils_one_file_after_another_is_not_filled_by_them(tmp_path: Path, told: Told) -> None:
    for number in range(KEPT_ASIDE + 3):
        (tmp_path / f"sessions.sqlite.corrupt-2026010{number}T000000Z").touch()
    (tmp_path / "sessions.sqlite").write_bytes(b"\0" * 4096)
    asyncio.run(opened(tmp_path, told, sessions).close())
    assert len(list(tmp_path.glob("sessions.sqlite.corrupt-*"))) == KEPT_ASIDE
    assert not (tmp_path / "sessions.sqlite.corrupt-20260100T000000Z").exists()


def test_a_disposable_file_that_becomes_corrupt_ends_its_node(tmp_path: Path, told: Told) -> None:
    file = made(tmp_path, told, "sessions", sessions)
    env = opened(tmp_path, told, sessions)
    spoil(file)
    env.disk.check()
    with pytest.raises(CorruptFile, match=r"sessions\.sqlite is corrupt: .*: it is begun anew, for everybody logs in"):
        env._databases.look()
    asyncio.run(env.close())


def test_a_file_that_must_not_be_lost_is_left_as_it_is_and_told_of(tmp_path: Path, told: Told) -> None:
    file = made(tmp_path, told, "alarms", Alarms)
    spoil(file)
    before = file.read_bytes()
    env = LiveEnv(tmp_path, Settings(), told)
    with pytest.raises(Exception, match="malformed"):
        Alarms(env).watched()
    env.find_damage()
    asyncio.run(env.close())
    assert file.read_bytes() == before
    assert env.trouble().startswith("alarms.sqlite: it is corrupt: ")
    ((event, facts),) = told.lines
    assert (event, facts["what"]) == ("trouble", "alarms.sqlite")
    assert facts["remedy"].startswith("stop the service, put the file of a backup in this one's place")
