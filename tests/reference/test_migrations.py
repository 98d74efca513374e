"""A database of an older build becomes one of this build: with all that is in it, once, and wholly or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from deadair.reference.accounts.accounts import Accounts
from deadair.reference.accounts.contacts import Contacts
from deadair.reference.accounts.follows import Follows
from deadair.reference.accounts.sessions import Sessions
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage import database_format, migrations
from deadair.reference.storage.database_format import WrongFormat, opened
from deadair.reference.storage.inbox import AHEAD, BACKFILL, EVENT, FRESH, READING, Inbox
from deadair.reference.storage.migrations import FORMAT, OLDEST, MigrationStep, migrate, statements
from deadair.reference.storage.sqlite_store import SqliteStore
from tests.reference import format_2

NAMES = sorted(format_2.TABLES)
NODES = 4


def open_all(env: LiveEnv) -> None:
    """Open every database as its nodes do."""
    for part in (Accounts, Contacts, Follows, Inbox, SqliteStore, Alarms):
        part(env)
    Sessions(env, Settings())
    Sentinel(env, Settings())


@contextlib.contextmanager
def opened_by_all(folder: Path) -> Iterator[dict[str, sqlite3.Connection]]:
    """Yield every database of a folder once its nodes have opened it."""
    env = LiveEnv(folder, Settings())
    open_all(env)
    try:
        yield {name: env.database(name) for name in NAMES}
    finally:
        env._databases.close()


def shape(database: sqlite3.Connection) -> tuple[dict[str, list[object]], set[object]]:
    """Return what matters of a database's tables: what they are made of, what is unique, which parts are indexed."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    columns, indexes = {}, set[object]()
    for (table,) in names:
        columns[table] = database.execute(f"PRAGMA table_xinfo({table})").fetchall()
        for _, index, unique, _, partial in database.execute(f"PRAGMA index_list({table})").fetchall():
            parts = database.execute(f"PRAGMA index_xinfo({index})").fetchall()
            indexes.add((table, unique, partial, tuple(part[2:] for part in parts)))
    return columns, indexes


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    format_2.write(folder)
    return folder


def test_a_folder_of_the_format_before_gets_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    """Whoever changes a table and writes no step for it hears of it here."""
    with opened_by_all(old) as after, opened_by_all(tmp_path / "new") as new:
        for name in NAMES:
            assert shape(after[name]) == shape(new[name]), name
            assert after[name].execute("PRAGMA user_version").fetchone() == (FORMAT,)
            assert after[name].execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_folder_whose_nodes_died_before_they_made_their_tables_is_brought_on_too(tmp_path: Path) -> None:
    for name in NAMES:
        database = sqlite3.connect(tmp_path / f"{name}.sqlite")
        database.execute(f"PRAGMA user_version = {OLDEST}")
        database.commit()
        database.close()
    with opened_by_all(tmp_path) as after, opened_by_all(tmp_path / "new") as new:
        assert [shape(after[name]) for name in NAMES] == [shape(new[name]) for name in NAMES]


def test_the_log_says_of_each_file_once_that_it_is_of_this_build_now(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(LiveEnv, "log", lambda _, event, **facts: said.append(facts))
    for _ in range(2):
        with opened_by_all(old):
            pass
    assert sorted(str(one) for one in said) == sorted(
        str({"file": f"{name}.sqlite", "format_before": OLDEST}) for name in NAMES
    )


def test_nothing_of_the_format_before_is_lost(old: Path) -> None:
    with opened_by_all(old) as after:
        for name, tables in format_2.ROWS.items():
            for table, rows in tables.items():
                assert after[name].execute(f"SELECT count(*) FROM {table}").fetchone() == (len(rows),), table  # noqa: S608


def test_what_was_taken_for_glucose_and_is_none_is_shown_no_more(old: Path) -> None:
    patient, at_s = format_2.PATIENT, format_2.MEASURED_S
    with opened_by_all(old):
        env = LiveEnv(old, Settings())
        waiting, store = Inbox(env).next(9), SqliteStore(env)
        assert [(one.lane, one.measured_s - at_s, one.value_mg_dl, one.kind) for one in waiting] == [
            (FRESH, 0, 101, READING), (BACKFILL, 86_400, 102, AHEAD), (BACKFILL, -10, 10, EVENT),
            (BACKFILL, -86_400, 52, READING),
        ]  # fmt: skip
        assert asyncio.run(store.latest(patient, since_s=0.0, most=9)) == [(at_s - 300, 103, 4), (at_s - 600, 51, 7)]
        assert asyncio.run(store.fresh_lows(0.0)) == [(patient, at_s - 600, 51)]
        assert len(asyncio.run(store.every(patient))) == len(format_2.ROWS["store"]["reading"])
        asyncio.run(env.close())


def test_what_waited_in_both_lanes_waits_once_with_the_value_that_came_first(old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old / "inbox.sqlite")) as database:
        database.execute(f"INSERT INTO inbox VALUES (1, 1, {format_2.MEASURED_S}, 222, 4, 1000002.0, 0)")  # noqa: S608
        database.execute(f"INSERT INTO inbox VALUES (1, 1, {format_2.MEASURED_S - 10}, 11, 4, 1000002.0, 1)")  # noqa: S608
        database.commit()
    env = LiveEnv(old, Settings())
    found = [(one.value_mg_dl, one.lane) for one in Inbox(env).next(9) if one.measured_s == format_2.MEASURED_S]
    assert found == [(101, FRESH)]
    asyncio.run(env.close())


# --- one transaction ------------------------------------------------------------------------------------------------


def stamped(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def inbox_rows(path: Path) -> list[tuple[int, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM inbox").fetchall()


def test_nodes_that_open_an_older_file_in_one_moment_bring_it_on_once(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        migrations, "STEPS", {2: {"inbox": (statements("inbox", "ALTER TABLE inbox ADD COLUMN more INTEGER"),)}}
    )
    together = Barrier(NODES)

    def begin() -> int:
        together.wait(10)
        with contextlib.closing(opened(old / "inbox.sqlite", timeout_s=0.0)) as database:
            return len(database.execute("SELECT more FROM inbox").fetchall())

    with ThreadPoolExecutor(NODES) as pool:
        found = [done.result() for done in [pool.submit(begin) for _ in range(NODES)]]
    assert found == [len(format_2.ROWS["inbox"]["inbox"])] * NODES


def fills_the_disk(database: sqlite3.Connection) -> None:
    """Write until there is no room, as a full disk has none."""
    database.execute("PRAGMA max_page_count = 8")
    database.execute("CREATE TABLE much (text TEXT)")
    database.execute("INSERT INTO much VALUES (zeroblob(100000))")


def fails(database: sqlite3.Connection) -> None:
    database.execute("UPDATE inbox SET value=1")
    database.execute("PRAGMA query_only = 1")
    database.execute("UPDATE inbox SET value=2")


@pytest.mark.parametrize(
    ("change", "why"), [(fills_the_disk, "database or disk is full"), (fails, "attempt to write a readonly database")]
)
def test_a_disk_that_is_full_or_read_only_is_named_with_its_remedy_and_the_file_is_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[sqlite3.Connection], None], why: str
) -> None:
    path = old / "inbox.sqlite"
    before = inbox_rows(path)
    with monkeypatch.context() as broken:
        broken.setattr(migrations, "STEPS", {2: {"inbox": (MigrationStep("inbox", change),)}})
        with pytest.raises(
            WrongFormat, match=rf"inbox\.sqlite could not .* from the format 2 to {FORMAT}.*{why}: make"
        ):
            opened(path, timeout_s=1.0)
    assert (stamped(path), inbox_rows(path)) == (OLDEST, before)
    opened(path, timeout_s=1.0).close()
    assert stamped(path) == FORMAT


def test_an_older_file_that_others_hold_is_waited_for_and_then_given_up(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_format, "MIGRATION_LIMIT_S", 0.2)
    with contextlib.closing(sqlite3.connect(old / "inbox.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            opened(old / "inbox.sqlite", timeout_s=0.0)
    assert stamped(old / "inbox.sqlite") == OLDEST


def test_steps_of_several_formats_follow_each_other(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "FORMAT", 4)
    steps = {
        2: {"inbox": (statements("inbox", "ALTER TABLE inbox RENAME TO waiting"),)},
        3: {
            "inbox": (
                statements("waiting", "ALTER TABLE waiting RENAME COLUMN value TO level"),
                statements("inbox", "DROP TABLE inbox"),
            ),
            "store": (statements("reading", "DROP TABLE reading"),),
        },
    }
    monkeypatch.setattr(migrations, "STEPS", steps)
    with contextlib.closing(sqlite3.connect(old / "inbox.sqlite")) as database:
        migrate(database, "inbox", 2)
        assert database.execute("SELECT count(level) FROM waiting").fetchone() == (
            len(format_2.ROWS["inbox"]["inbox"]),
        )
        assert database.execute("PRAGMA user_version").fetchone() == (4,)
