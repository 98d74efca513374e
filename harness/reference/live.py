"""The real world: clock, sockets, files, and the servers that make a node a process.

The only file of the service that touches them. ``Env`` says what each means.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import aiohttp
import argon2
import uvicorn

from harness.reference.env import Answer, Unreachable
from harness.reference.settings import Settings
from harness.reference.wiring import Node

STOP_S = 1.0
CONNECTIONS_MAX = 256
LOCKED_LIMIT_S = 5.0
"""How long a database may be locked by other nodes."""
LOCKED_AGAIN_S = 0.01
JSON = {"Content-Type": "application/json"}


class LiveEnv:
    """Env over the machine's own clock, disk and network."""

    def __init__(self, data: Path, settings: Settings) -> None:
        self.rng: Random = SystemRandom()
        self._data = data
        self._routes = settings.routes
        self._http: aiohttp.ClientSession | None = None
        self._hasher = argon2.PasswordHasher(
            time_cost=settings.password_passes, memory_cost=settings.password_memory_kib, parallelism=1
        )
        # A storm of log-ins leaves one core to everything else, where there is more than one.
        self._hashing = asyncio.Semaphore(max(1, len(os.sched_getaffinity(0)) - 1))

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()  # noqa: TID251 - this is the service's only clock

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> Answer:
        """Send over a link; the limit holds for the whole exchange."""
        if self._http is None:
            # A session belongs to a running loop. It heeds no proxy that the machine's environment names.
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX))
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._http.post(f"http://{self._routes[link]}{path}", data=body, headers=JSON) as answer,
            ):
                return Answer(answer.status, await answer.read(), _seconds(answer.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{link}: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.close()

    def database(self, name: str) -> sqlite3.Connection:
        """Open ``<data>/<name>.sqlite``, durable at each commit."""
        self._data.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._data / f"{name}.sqlite", timeout=LOCKED_LIMIT_S)
        _write_ahead(database)
        database.execute("PRAGMA synchronous=FULL")
        return database

    async def changed(self, name: str, *, every_s: float) -> None:
        """Look again after a while: another process tells nobody that it wrote."""
        await asyncio.sleep(every_s)

    def note(self, event: str, **facts: float | str) -> None:
        """Tell nobody: what happened is seen from outside."""

    def cpu(self, seconds: float) -> None:
        """Charge nothing: here work costs what it costs."""

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


class _Server(uvicorn.Server):
    """A server that leaves signals to ``serve``: there are several in one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(node: Node, settings: Settings) -> None:
    """Run a node with its sockets until SIGTERM or SIGINT; raises whatever crashes it."""
    servers = [
        _Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=settings.sockets[socket],
                loop="uvloop",
                http="httptools",
                lifespan="off",
                log_level="warning",
                access_log=False,
                backlog=4096,
                timeout_graceful_shutdown=1,
            )
        )
        for socket, app in node.apps.items()
    ]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    work = [asyncio.create_task(server.serve()) for server in servers]
    work.append(asyncio.create_task(node.run()))
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*work, stopping], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    work[-1].cancel()
    await asyncio.wait(work, timeout=STOP_S)
    for task in done - {stopping}:
        # A part of a node that ends by itself has failed: the process must not live on without it.
        task.result()
        raise RuntimeError("a part of this node ended by itself")
