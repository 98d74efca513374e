"""Looks whether a node's folder and databases can be used, in threads of its own: a disk that hangs holds up them only.

Each file is opened anew and read, each second. Now and then a few bytes are written for good. Rarely, and first when
the node starts, each file is read whole, slowly, for damage that nobody has met yet. Here no file of a database is
opened but by SQLite: to close one any other way would let go of this process's locks on it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from deadair.reference.running.troubles import Trouble
from deadair.reference.storage.watched_connection import CORRUPT, OF_SOMEBODY_ELSE, REMEDIES, failure_of

LOOK_EVERY_S = 1.0
WRITE_EVERY_S = 10.0
HANGS_AFTER_S = 5.0
WRITTEN_BYTES = 65_536
"""As much as a database may need next. Less may still find room in a corner of a disk that is full."""
CHECK_LIMIT_S = 300.0
"""A file that takes longer is checked no further: meanwhile its write-ahead log can only grow."""
STEPS = 2000
"""So many of SQLite's own steps are done between two looks at the time."""
WORK_S, REST_S = 0.02, 0.06
"""A check works for so long, then it rests: it never takes more than a quarter of a core."""
FINE: Mapping[str, Trouble] = {}


class DiskWatch:
    """One node's. ``troubles`` and ``damaged`` may be asked from any thread, and never wait."""

    def __init__(self, data: Path, node: str, seconds: Callable[[], float], *, check_every_s: float) -> None:
        self._check_every_s = check_every_s
        self.node = node
        self._data = data
        self._seconds = seconds
        self._probe = data / f"{node}.probe"
        self._inodes: dict[str, int] = {}
        self.sizes: Mapping[str, float] = {}
        """Bytes of each file that databases are made of, as they were a second ago."""
        self.free_bytes = 0.0
        self._found: Mapping[str, Trouble] = FINE
        self._damaged: dict[str, str] = {}
        self._began_s: float | None = None
        self._written_s: float | None = None
        self._stop = threading.Event()

    def add(self, name: str) -> None:
        """Look after the database of this name, too, as it is in the folder now."""
        self._inodes[name] = self.file(name).stat().st_ino

    def file(self, name: str) -> Path:
        """Return a database's file."""
        return self._data / f"{name}.sqlite"

    def start(self) -> None:
        """Look for ever."""
        for work, every_s in ((self.look, LOOK_EVERY_S), (self.check, self._check_every_s)):
            threading.Thread(target=self._repeat, args=(work, every_s), name=work.__name__, daemon=True).start()

    def stop(self) -> None:
        """Look no more, once what is under way has ended."""
        self._stop.set()

    def _repeat(self, work: Callable[[], None], every_s: float) -> None:
        while not self._stop.is_set():
            work()
            self._stop.wait(every_s)

    def damaged(self) -> Mapping[str, str]:
        """Return the databases that were found corrupt, and how."""
        return self._damaged

    def troubles(self) -> Mapping[str, Trouble]:
        """Return what was found last, by what does not work."""
        began_s = self._began_s
        if began_s is None or (waited_s := self._seconds() - began_s) < HANGS_AFTER_S:
            return self._found
        why = f"it has not answered for {waited_s:.0f} s"
        return {**self._found, "disk": Trouble(why, "look into the machine's log: its disk hangs")}

    def look(self) -> None:
        """Look once at everything but for damage."""
        now_s = self._began_s = self._seconds()
        found = {f"{name}.sqlite": trouble for name in list(self._inodes) if (trouble := self._unreadable(name))}
        if self._written_s is None or "disk" in self._found or now_s - self._written_s >= WRITE_EVERY_S:
            self._written_s = now_s
            if trouble := self._unwritable():
                found["disk"] = trouble
        self._measure()
        self._found, self._began_s = found, None

    def _measure(self) -> None:
        """Look how large files are, and how much more there is room for."""
        files = [file for name in list(self._inodes) for file in (self.file(name), Path(f"{self.file(name)}-wal"))]
        with contextlib.suppress(OSError):
            self.sizes = {file.name: file.stat().st_size for file in files if file.exists()}
            disk = os.statvfs(self._data)
            self.free_bytes = disk.f_bavail * disk.f_frsize

    def _unreadable(self, name: str) -> Trouble | None:
        file = self.file(name)
        try:
            if file.stat().st_ino != self._inodes[name]:
                return Trouble("another file was put in its place", "start this node again, with all that open it")
            with contextlib.closing(sqlite3.connect(uri_of(file), uri=True, timeout=0.0)) as anew:
                anew.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except OSError as error:
            return Trouble(f"it is gone: {error.strerror}", "put it back, then start this node again")
        except sqlite3.Error as error:
            if error.sqlite_errorname.startswith(OF_SOMEBODY_ELSE):
                return None
            return Trouble(f"it cannot be read: {error}", REMEDIES[failure_of(error) or "SQLITE_CANTOPEN"])
        return None

    def _unwritable(self) -> Trouble | None:
        try:
            with self._probe.open("wb") as probe:
                probe.write(b"\0" * WRITTEN_BYTES)
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            remedy = REMEDIES["SQLITE_FULL" if full else "SQLITE_READONLY"]
            return Trouble(f"nothing can be written to {self._data}: {error.strerror}", remedy)
        finally:
            with contextlib.suppress(OSError):
                self._probe.unlink(missing_ok=True)
        return None

    def check(self) -> None:
        """Look once for damage, in each file as far as that goes in a while."""
        for name in list(self._inodes):
            if why := damage(self.file(name), self._seconds, self._stop):
                self._damaged[name] = why


def damage(
    file: Path,
    seconds: Callable[[], float],
    stop: threading.Event,
    *,
    limit_s: float = CHECK_LIMIT_S,
    rest_s: float = REST_S,
) -> str:
    """Say what is corrupt in a database; nothing if nothing is, or if nobody can tell now."""
    began_s = seconds()
    rests_s = began_s + WORK_S

    def pause() -> int:
        nonlocal rests_s
        if rest_s and seconds() >= rests_s:
            stop.wait(rest_s)
            rests_s = seconds() + WORK_S
        return int(stop.is_set() or seconds() - began_s > limit_s)

    try:
        with contextlib.closing(sqlite3.connect(uri_of(file), uri=True, timeout=0.0)) as anew:
            anew.set_progress_handler(pause, STEPS)
            (said,) = anew.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error) if failure_of(error) in CORRUPT else ""
    return "" if said == "ok" else " ".join(str(said).replace("*** in database main ***", "").split())


def uri_of(file: Path) -> str:
    """Return how SQLite opens a file that is there, and makes none."""
    return f"{file.absolute().as_uri()}?mode=rw"
