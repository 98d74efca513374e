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
from collections.abc import Collection, Sequence
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import aiohttp
import argon2

from deadair.reference.env import PeerAnswer, RemoteDatabase, Unreachable
from deadair.reference.running.counts import Counts
from deadair.reference.running.databases import DISPOSABLE, LOCKED_LIMIT_S, Databases
from deadair.reference.running.disk_watch import DiskWatch
from deadair.reference.running.door import SECRET_HEADER
from deadair.reference.running.layout import PUSH, leads_to
from deadair.reference.running.log import Log
from deadair.reference.running.troubles import Trouble, Troubles
from deadair.reference.settings import Settings

if TYPE_CHECKING:
    from deadair.reference.running.postgres_server import PostgresServer

CONNECTIONS_MAX = 256
IDLE_S = 3.0
"""How long a connection is kept for the next request: less than any server keeps it, lest both meet."""
ANSWER_BYTES_MAX = 262_144
LOCKED_AGAIN_S = 0.01
TICK_S = 0.25
LATE_S = 1.0
"""A loop that wakes up so much later than it asked for is no longer doing its work."""
LATE_REMEDY = "give this node more CPU, or look what it waits for: a disk that is slow holds it up, too"
JSON = {"Content-Type": "application/json"}


def unix_s() -> float:
    """Return the wall clock in Unix seconds."""
    return time.time()  # noqa: TID251 - this is the service's only clock


class LiveEnv:
    """Env over the machine's own clock, disk and network. Without a ``node`` it is somebody's who only looks in."""

    def __init__(
        self, data: Path, settings: Settings, log: Log | None = None, *, node: str = "node", dearness: float = 1.0
    ) -> None:
        self.rng: Random = SystemRandom()
        self._settings = settings
        self._routes = settings.routes
        self._inner = {**JSON, SECRET_HEADER: settings.inner_secret} if settings.inner_secret else JSON
        self._log = log
        self._dearness = dearness
        self.node = node
        self.counts = Counts()
        self.disk = DiskWatch(data, node, time.monotonic, check_every_s=settings.disk_check_every_s)  # noqa: TID251
        self._troubles = Troubles(self.log)
        self._databases = Databases(data, self.disk, self._troubles, unix_s, time.monotonic)  # noqa: TID251
        self._remote: PostgresServer | None = None
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
        if self._remote is not None:
            await self._remote.close()
        self._databases.close()

    def database(self, name: str) -> sqlite3.Connection:
        """Open ``<data>/<name>.sqlite``, durable at each commit. Raises WrongFormat."""
        database, put_aside = self._databases.open(name)
        if put_aside:
            self.log("a corrupt file was put aside", file=f"{name}.sqlite", why=put_aside, healed_by=DISPOSABLE[name])
        if database.brought_from:
            self.log("of an older build until now", file=f"{name}.sqlite", format_before=database.brought_from)
        _write_ahead(database)
        database.execute("PRAGMA synchronous=FULL")
        return database

    def find_damage(self) -> None:
        """Tell the log which database is corrupt, if one is."""
        self._databases.find_damage()

    def remote_database(self, link: str, steps: Sequence[str]) -> RemoteDatabase | None:
        """Speak to the configured server, if one is. Raises ConfigurationError."""
        if not self._settings.store_url:
            return None
        from deadair.reference.running.postgres_server import PostgresServer  # noqa: PLC0415 - nobody else needs it

        self._remote = PostgresServer(
            self._settings, steps, dialled=self._routes.get(link), rng=self.rng, report=self.report
        )
        return self._remote

    async def changed(self, name: str, *, every_s: float) -> None:
        """Look again after a while: another process tells nobody that it wrote."""
        await asyncio.sleep(every_s)

    def note(self, event: str, **facts: float | str) -> None:
        """Count it: what happened is seen from outside."""
        self.counts.notes[event] += 1

    def log(self, event: str, **facts: float | str) -> None:
        """Write it to the log, if there is one."""
        if self._log is not None:
            self._log.say(event, **facts)

    def trouble(self) -> str:
        """Say what does not work, as far as it is known: nobody waits for a disk here."""
        return self._troubles.words() or (self._remote.unproved() if self._remote is not None else "")

    def troubles(self) -> Collection[str]:
        """Return what does not work."""
        return self._troubles.now().keys()

    def report(self, what: str, why: str, remedy: str = "") -> None:
        """Tell the log, once, and whoever asks whether this node is ready."""
        self._troubles.put(what, Trouble(why, remedy) if why else None, time.monotonic())  # noqa: TID251

    async def watch(self) -> None:
        """Measure for ever how late this process's loop is, and look at its disk. Raises CorruptFile."""
        self.disk.start()
        while True:
            due_s = time.monotonic() + TICK_S  # noqa: TID251
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()  # noqa: TID251
            late_s = now_s - due_s
            self.counts.is_late(max(0.0, late_s))
            self.report("loop", f"it is late by {late_s:.1f} s" if late_s > LATE_S else "", LATE_REMEDY)
            self._databases.look()
            if self._remote is not None:
                self._remote.look()
            self._troubles.look(now_s)

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
