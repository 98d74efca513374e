"""``backup``: copies a service's data while it runs, into a folder that ``up`` can be started on.

The order of the copies is what keeps the promises. A reading waits in the inbox until it is in the store: with the
inbox copied first, each one acknowledged before is in one of both, or in both. What the watchdog knows of follows comes
before the accounts: a gateway tells it of every follow when it starts, but takes none back that it does not know. The
accounts come last: there is no reading and no follow of an account that is not there, whose number the next one gets.

Sessions are left out, for one that was revoked must not hold again, and the sentinel's roster, which it is told anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from deadair.reference.accounts.accounts import ACCOUNTS
from deadair.reference.alerts.alarms import ALARMS
from deadair.reference.running.configuration import FILES
from deadair.reference.running.disk_watch import uri_of
from deadair.reference.storage.inbox import INBOX

STORE = "store"
ORDER = (INBOX, STORE, ALARMS, ACCOUNTS)
PART = ".part"
"""What the name of a copy ends in until it is whole."""
LOCKED_LIMIT_S = 30.0


class NoBackup(Exception):  # noqa: N818 - an answer to whoever asked for it
    """There is no copy; the message says why and what to do."""


def back_up(data: Path, target: Path, *, remote_store: bool, copied: Callable[[str], None] = lambda _: None) -> None:
    """Copy a service's folder; the copy is there whole, or not at all. Raises NoBackup.

    ``remote_store``: its readings lie on a server, which is copied by itself. ``copied`` hears of each database.
    """
    names = [name for name in ORDER if not (name == STORE and remote_store)]
    missing = [name for name in names if not (data / f"{name}.sqlite").exists()]
    if missing:
        raise NoBackup(f"{data} has no {missing[0]}.sqlite: no service has run there")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NoBackup(f"{target} is there already: name a folder that is not, or is empty")
    part = target.with_name(target.name + PART)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        for name in names:
            _copy(data / f"{name}.sqlite", part / f"{name}.sqlite")
            copied(name)
        for settings in FILES:
            if (data / settings).exists():
                (part / settings).write_bytes((data / settings).read_bytes())
        for one in (*part.iterdir(), part):
            _make_durable(one)
        part.rename(target)
        _make_durable(target.parent)
    except OSError as error:
        raise NoBackup(f"{target} cannot be written ({error.strerror}): make room, or name another folder") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, and look whether the copy is sound. Writers wait for nothing of it."""
    try:
        with (
            contextlib.closing(sqlite3.connect(uri_of(source), uri=True, timeout=LOCKED_LIMIT_S)) as there,
            contextlib.closing(sqlite3.connect(target)) as here,
        ):
            # In one step: one of several would begin anew whenever somebody writes in between.
            there.backup(here, pages=-1)
            (said,) = here.execute("PRAGMA quick_check(1)").fetchone()
            here.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise NoBackup(f"{source} cannot be copied to {target}: {error}") from error
    if said != "ok":
        raise NoBackup(f"{source} is corrupt: {' '.join(str(said).split())}: keep the backups that there are")


def _make_durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
