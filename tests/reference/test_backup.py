"""A copy of a service's data that nothing which was promised is missing from, made while others write."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from deadair.reference.accounts.accounts import Accounts
from deadair.reference.accounts.sessions import Sessions
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.running.backup import ORDER, NoBackup, back_up
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import FRESH, INBOX, Inbox, Waiting
from deadair.reference.storage.sqlite_store import SqliteStore
from tools.spoiled_file import fill, spoil

READING = Waiting(FRESH, 1, 300, 100, 4, 1.0)


class Running:
    """The databases of a service that runs."""

    def __init__(self, data: Path) -> None:
        self.env = LiveEnv(data, Settings())
        self.inbox, self.store = Inbox(self.env), SqliteStore(self.env)
        self.accounts, self.alarms = Accounts(self.env), Alarms(self.env)
        Sessions(self.env, Settings())
        Sentinel(self.env, Settings())

    def close(self) -> None:
        asyncio.run(self.env.close())


@pytest.fixture
def running(data: Path) -> Running:
    return Running(data)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def rows(folder: Path, name: str, table: str) -> int:
    with closing(sqlite3.connect(folder / f"{name}.sqlite")) as database:
        (number,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - no input
        return int(number)


def test_a_reading_that_moves_while_it_is_copied_is_in_the_copy(data: Path, running: Running, tmp_path: Path) -> None:
    """The processor stores it and forgets it between two copies."""
    running.inbox.append([READING])

    def move(name: str) -> None:
        if name == INBOX:
            asyncio.run(running.store.put([READING]))
            running.inbox.remove([READING])

    back_up(data, tmp_path / "copy", remote_store=False, copied=move)
    assert rows(tmp_path / "copy", "inbox", "inbox") + rows(tmp_path / "copy", "store", "reading") >= 1
    running.close()


def test_no_reading_is_of_an_account_that_is_not_in_the_copy(data: Path, running: Running, tmp_path: Path) -> None:
    assert ORDER[-1] == "accounts", "the next account would get its number, and its readings"
    back_up(data, tmp_path / "copy", remote_store=False)
    copied = {path.name for path in (tmp_path / "copy").iterdir()}
    assert copied == {"inbox.sqlite", "store.sqlite", "alarms.sqlite", "accounts.sqlite"}
    running.close()


def test_a_copy_is_private_whole_and_opens_as_a_service(data: Path, running: Running, tmp_path: Path) -> None:
    (data / "settings.json").write_text("{}")
    running.inbox.append([READING])
    back_up(data, tmp_path / "copy", remote_store=False)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / "settings.json").read_text() == "{}"
    assert list(tmp_path.glob("*.part")) == []
    again = Running(tmp_path / "copy")
    assert again.inbox.count() == 1
    again.close()
    running.close()


def test_a_store_that_is_elsewhere_is_copied_elsewhere(data: Path, running: Running, tmp_path: Path) -> None:
    back_up(data, tmp_path / "copy", remote_store=True)
    assert not (tmp_path / "copy" / "store.sqlite").exists()
    running.close()


def test_what_is_corrupt_makes_no_backup_and_leaves_nothing(data: Path, running: Running, tmp_path: Path) -> None:
    running.close()
    fill(data / "store.sqlite")
    spoil(data / "store.sqlite")
    with pytest.raises(NoBackup, match=r"store\.sqlite (is corrupt|cannot be copied)"):
        back_up(data, tmp_path / "copy", remote_store=False)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("there", ["a file", "a folder that is not empty"])
def test_what_is_there_is_not_overwritten(data: Path, running: Running, tmp_path: Path, there: str) -> None:
    running.close()
    target = tmp_path / "copy"
    if there == "a file":
        target.touch()
    else:
        target.mkdir()
        (target / "notes").touch()
    with pytest.raises(NoBackup, match="is there already"):
        back_up(data, target, remote_store=False)


def test_a_folder_of_no_service_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match=r"has no inbox\.sqlite: no service has run there"):
        back_up(data, tmp_path / "copy", remote_store=False)


def test_where_nothing_can_be_written_is_named(data: Path, running: Running, tmp_path: Path) -> None:
    running.close()
    (tmp_path / "file").touch()
    with pytest.raises(NoBackup, match="cannot be written"):
        back_up(data, tmp_path / "file" / "copy", remote_store=False)
