"""A database whose disk is full: reading works, no change does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_CHANGES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_READS = {sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT}


def _full(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in _CHANGES else sqlite3.SQLITE_OK


def _gone(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in _CHANGES | _READS else sqlite3.SQLITE_OK


@contextmanager
def full(database: sqlite3.Connection) -> Iterator[None]:
    """Refuse every change with sqlite3.Error meanwhile."""
    database.set_authorizer(_full)
    try:
        yield
    finally:
        database.set_authorizer(None)


@contextmanager
def gone(database: sqlite3.Connection) -> Iterator[None]:
    """Refuse reading, too."""
    database.set_authorizer(_gone)
    try:
        yield
    finally:
        database.set_authorizer(None)
