"""The databases of one node: opened, and, where the service makes anew by itself what one of them loses, begun anew.

A file that is corrupt and disposable is put aside when its node starts; found while the node runs, it ends the node,
which is started again. No other file is ever touched: its node says which it is and what to do.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from deadair.reference.running.disk_watch import DiskWatch, damage
from deadair.reference.running.troubles import Trouble, Troubles
from deadair.reference.storage.database_format import opened
from deadair.reference.storage.watched_connection import CORRUPT, REMEDIES, WatchedConnection, failure_of

DISPOSABLE: Mapping[str, str] = {
    "sessions": "everybody logs in again",
    "sentinel": "the watchdog tells it the whole roster again",
}
"""Files that may be lost, and how the service heals the loss by itself."""
KEPT_ASIDE = 3
"""The newest corrupt files of a name; a disk that spoils one after another is not to be filled by them."""
LOCKED_LIMIT_S = 5.0
"""How long a database may be locked by other nodes."""
CHECK_FIRST_LIMIT_S = 5.0
FAILED_FOR_S = 60.0
"""A change that failed is forgotten after so long, if no other one was tried."""


class CorruptFile(Exception):  # noqa: N818 - an answer to whoever runs this
    """A node has to start again, for its disposable file is corrupt."""


class Databases:
    """Those of one node."""

    def __init__(
        self, data: Path, watch: DiskWatch, troubles: Troubles, now: Callable[[], float], seconds: Callable[[], float]
    ) -> None:
        self._data = data
        self._watch = watch
        self._troubles = troubles
        self._now, self._seconds = now, seconds
        self._opened: list[tuple[str, sqlite3.Connection]] = []
        self._failed: dict[str, float] = {}
        self._corrupt: dict[str, str] = {}
        self._seen: set[str] = set()

    def open(self, name: str) -> tuple[WatchedConnection, str]:
        """Open a database, and say what became of the file before it. Raises WrongFormat, and OperationalError."""
        self._data.mkdir(parents=True, exist_ok=True)
        file = self._watch.file(name)
        first = all(name != other for other, _ in self._opened)
        # Who is no node puts nothing aside: a node may have it open.
        heals = self._watch.node and first and name in DISPOSABLE and file.exists()
        aside = self._put_aside(name, file) if heals else ""
        try:
            database = opened(file, timeout_s=LOCKED_LIMIT_S)
        except sqlite3.Error as error:
            if failure_of(error):
                self._told(name, error)
            raise
        database.tell = partial(self._told, name)
        self._opened.append((name, database))
        self._watch.add(name)
        return database, aside

    def find_damage(self) -> None:
        """Look for what a node may have ended by: a row of a corrupt file does not say which file it is of."""
        for name in sorted({name for name, _ in self._opened}):
            if why := self._damage(name):
                self._found_corrupt(name, why)

    def _damage(self, name: str) -> str:
        """Look at once, while nobody waits for this node yet, or any more."""
        nobody = threading.Event()
        return damage(self._watch.file(name), self._seconds, nobody, limit_s=CHECK_FIRST_LIMIT_S, rest_s=0.0)

    def close(self) -> None:
        """Close all."""
        self._watch.stop()
        for _, database in self._opened:
            database.close()

    def _put_aside(self, name: str, file: Path) -> str:
        """Give a file that is corrupt another name, and its log, too; say why."""
        why = self._damage(name)
        if why:
            ending = f".corrupt-{datetime.fromtimestamp(self._now(), UTC):%Y%m%dT%H%M%SZ}"
            for beside in ("-wal", "-shm", ""):
                one = file.with_name(file.name + beside)
                if one.exists():
                    one.replace(one.with_name(one.name + ending))
            for beside in ("-wal", "-shm", ""):
                for old in sorted(self._data.glob(f"{name}.sqlite{beside}.corrupt-*"))[:-KEPT_ASIDE]:
                    old.unlink()
        return why

    def _told(self, name: str, error: sqlite3.Error | None) -> None:
        """Hear of a failure of the disk, or of a change that was written."""
        if error is None:
            if name in self._failed:
                del self._failed[name]
                self._troubles.put(f"writing {name}.sqlite", None, self._seconds())
        elif failure_of(error) in CORRUPT:
            self._found_corrupt(name, str(error))
        else:
            self._failed[name] = self._seconds()
            trouble = Trouble(str(error), REMEDIES[failure_of(error)])
            self._troubles.put(f"writing {name}.sqlite", trouble, self._seconds())

    def _found_corrupt(self, name: str, why: str) -> None:
        if name not in self._corrupt:
            self._corrupt[name] = why
            remedy = "nothing: this node begins it anew" if name in DISPOSABLE else REMEDIES["SQLITE_CORRUPT"]
            self._troubles.put(f"{name}.sqlite", Trouble(f"it is corrupt: {why}", remedy), self._seconds())

    def look(self) -> None:
        """Put what is known of the disk among the troubles of the node. Raises CorruptFile."""
        found = {**self._watch.troubles()}
        for name, why in self._watch.damaged().items():
            self._found_corrupt(name, why)
        # A file that is corrupt stays so, whatever can still be read of it.
        known = {f"{name}.sqlite" for name in self._corrupt}
        for what in (self._seen | found.keys()) - known:
            self._troubles.put(what, found.get(what), self._seconds())
        self._seen = set(found) - known
        for name, failed_s in list(self._failed.items()):
            if self._seconds() - failed_s > FAILED_FOR_S:
                self._told(name, None)
        for name, why in self._corrupt.items():
            if name in DISPOSABLE:
                raise CorruptFile(f"{name}.sqlite is corrupt: {why}: it is begun anew, for {DISPOSABLE[name]}")
