"""A connection to a database that tells of the disk's failures as they happen, whoever meets them.

What somebody else's lock refuses, and what a caller gets wrong, is no failure of the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, cast

OF_SOMEBODY_ELSE = ("SQLITE_BUSY", "SQLITE_LOCKED")
"""Who holds a file for a moment keeps nobody from it for long."""
CORRUPT = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
REMEDIES = {
    "SQLITE_FULL": "make room on this disk: what waits goes on by itself",
    "SQLITE_IOERR": "look into the machine's log: its disk fails",
    "SQLITE_READONLY": "let the user of this service write to the folder and its files",
    "SQLITE_CANTOPEN": "let the user of this service open the folder and its files",
    "SQLITE_CORRUPT": "stop the service, put the file of a backup in this one's place, and start it again",
    "SQLITE_NOTADB": "stop the service, put the file of a backup in this one's place, and start it again",
}


def failure_of(error: sqlite3.Error) -> str:
    """Return which of the known failures it is; nothing for all others."""
    name = getattr(error, "sqlite_errorname", "")
    return next((one for one in REMEDIES if name.startswith(one)), "")


class WatchedConnection(sqlite3.Connection):
    """sqlite3's, which tells ``tell`` of each failure, and with none of a change that was written."""

    tell: Callable[[sqlite3.Error | None], None] | None = None
    brought_from: int = 0
    """The format that the file had until it was opened, if that was an older one."""

    def execute(self, *given: Any) -> sqlite3.Cursor:
        """Execute as ever."""
        return cast(sqlite3.Cursor, self._told(super().execute, given))

    def executemany(self, *given: Any) -> sqlite3.Cursor:
        """Execute as ever."""
        return cast(sqlite3.Cursor, self._told(super().executemany, given))

    def executescript(self, *given: Any) -> sqlite3.Cursor:
        """Execute as ever."""
        return cast(sqlite3.Cursor, self._told(super().executescript, given))

    def __exit__(self, *raised: Any) -> Any:
        """End a transaction as ever."""
        ended = self._told(super().__exit__, raised)
        if raised[0] is None and self.tell is not None:
            self.tell(None)
        return ended

    def _told(self, call: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        try:
            return call(*given)
        except sqlite3.Error as error:
            if self.tell is not None and failure_of(error):
                self.tell(error)
            raise
