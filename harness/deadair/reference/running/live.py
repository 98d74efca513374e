"""The real world as nodes see it: clock, network, files. ``Env`` says what each means.

``serve.py`` has the other side of it, where the world comes to a node.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path
from random import Random, SystemRandom

import aiohttp
import argon2

from deadair.reference.env import PeerAnswer, Unreachable
from deadair.reference.running.door import SECRET_HEADER
from deadair.reference.running.layout import PUSH, leads_to
from deadair.reference.running.log import Log
from deadair.reference.settings import Settings
from deadair.reference.storage.database_format import opened

CONNECTIONS_MAX = 256
IDLE_S = 3.0
"""How long a connection is kept for the next request: less than any server keeps it, lest both meet."""
ANSWER_BYTES_MAX = 262_144
LOCKED_LIMIT_S = 5.0
"""How long a database may be locked by other nodes."""
LOCKED_AGAIN_S = 0.01
TICK_S = 0.25
LATE_S = 1.0
"""A loop that wakes up so much later than it asked for is no longer doing its work."""
JSON = {"Content-Type": "application/json"}


def unix_s() -> float:
    """Return the wall clock in Unix seconds."""
    return time.time()  # noqa: TID251 - this is the service's only clock


class LiveEnv:
    """Env over the machine's own clock, disk and network."""

    def __init__(self, data: Path, settings: Settings, log: Log | None = None, *, dearness: float = 1.0) -> None:
        self.rng: Random = SystemRandom()
        self._data = data
        self._routes = settings.routes
        self._inner = {**JSON, SECRET_HEADER: settings.inner_secret} if settings.inner_secret else JSON
        self._log = log
        self._dearness = dearness
        self._databases: list[tuple[str, sqlite3.Connection]] = []
        self._late_s = 0.0
        self._looked_s = 0.0
        self._trouble = ""
        self._http: aiohttp.ClientSession | None = None
        self._hasher = argon2.PasswordHasher(
            time_cost=settings.password_passes, memory_cost=settings.password_memory_kib, parallelism=1
        )
        # A storm of log-ins leaves one core to everything else, where there is more than one.
        self.hashes_at_once = max(1, len(os.sched_getaffinity(0)) - 1)
        self._hashing = asyncio.Semaphore(self.hashes_at_once)

    def now(self) -> float:
        """Return Unix seconds."""
        return unix_s()

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        """Send over a link; the limit holds for the whole exchange."""
        if self._http is None:
            # A session belongs to a running loop. It heeds no proxy that the machine's environment names.
            connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_S)
            self._http = aiohttp.ClientSession(connector=connector)
        url = f"http://{self._routes[link]}{path}"
        headers = JSON if leads_to(link) == PUSH else self._inner
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                said = bytearray()
                async for part in answer.content.iter_any():
                    said += part
                    if len(said) > ANSWER_BYTES_MAX:
                        raise Unreachable(f"{link}: an answer without end")
                return PeerAnswer(answer.status, bytes(said), _seconds(answer.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{link}: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close every connection, those to the databases too."""
        if self._http is not None:
            await self._http.close()
        for _, database in self._databases:
            database.close()

    def database(self, name: str) -> sqlite3.Connection:
        """Open ``<data>/<name>.sqlite``, durable at each commit. Raises WrongFormat."""
        self._data.mkdir(parents=True, exist_ok=True)
        database = opened(self._data / f"{name}.sqlite", timeout_s=LOCKED_LIMIT_S)
        _write_ahead(database)
        database.execute("PRAGMA synchronous=FULL")
        self._databases.append((name, database))
        return database

    async def changed(self, name: str, *, every_s: float) -> None:
        """Look again after a while: another process tells nobody that it wrote."""
        await asyncio.sleep(every_s)

    def note(self, event: str, **facts: float | str) -> None:
        """Tell nobody: what happened is seen from outside."""

    def log(self, event: str, **facts: float | str) -> None:
        """Write it to the log, if there is one."""
        if self._log is not None:
            self._log.say(event, **facts)

    def trouble(self) -> str:
        """Say which database cannot be opened anew and read, or that the loop is late; looked at now and then only."""
        now_s = time.monotonic()  # noqa: TID251
        if now_s - self._looked_s >= TICK_S:
            self._trouble = self._look()
            self._looked_s = now_s
        return self._trouble

    def _look(self) -> str:
        if self._late_s > LATE_S:
            return f"the loop is late by {self._late_s:.1f} s"
        for name, _ in self._databases:
            file = (self._data / f"{name}.sqlite").absolute().as_uri()
            try:
                with contextlib.closing(sqlite3.connect(f"{file}?mode=rw", uri=True, timeout=0.0)) as anew:
                    anew.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error as error:
                return f"the database {name} cannot be read: {error}"
        return ""

    async def watch_loop(self) -> None:
        """Measure for ever how late this process's loop is."""
        while True:
            due_s = time.monotonic() + TICK_S  # noqa: TID251
            await asyncio.sleep(TICK_S)
            self._late_s = time.monotonic() - due_s  # noqa: TID251

    def cpu(self, seconds: float) -> None:
        """Burn what work costs beyond what it costs anyway, where less than a core is provisioned; else nothing."""
        if self._dearness > 1.0:
            until_s = time.thread_time() + seconds * (self._dearness - 1.0)
            while time.thread_time() < until_s:
                pass

    async def hash_password(self, password: str) -> str:
        """Return an argon2id hash."""
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def password_fits(self, hashed: str, password: str) -> bool:
        """Verify an argon2id hash."""
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False


def _seconds(retry_after: str) -> float | None:
    """Read a Retry-After header; none for a date and for nonsense."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10 else None


def _write_ahead(database: sqlite3.Connection) -> None:
    """Let a database keep a write-ahead log, also while other nodes open it. Raises OperationalError after a limit.

    Of several that turn a new database over at once, SQLite refuses all but one at once, without the wait that it has
    for other locks, lest they wait for each other.
    """
    ends_s = time.monotonic() + LOCKED_LIMIT_S  # noqa: TID251 - this file is the service's only clock
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends_s:  # noqa: TID251
                raise
            time.sleep(LOCKED_AGAIN_S)
        else:
            return


def end_with_standard_input() -> None:
    """End this process at once when its standard input ends: whoever holds the other end of it is gone then."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        os._exit(1)

    threading.Thread(target=wait, name="tie", daemon=True).start()
