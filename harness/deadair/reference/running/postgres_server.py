"""A PostgreSQL server as ``Env`` offers it. Connections are opened when they are needed, given up when they are silent.

A server that hangs holds up nobody but who waits for it, and those not beyond the limit. While it is not reached,
everybody is refused at once; one connection tries it again and again. Knows no table. Its password is in no message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, Protocol, cast

import psycopg

from deadair.reference.env import Unreachable
from deadair.reference.running.postgres_connection import Row, ServerConnection, connected, hang_up, way_to
from deadair.reference.settings import Settings

CONNECTIONS_MAX = 8
CLOSE_LIMIT_S = 1.0
REST_SHARE = 1 / 16
"""Of ``push_retry_s``: the first rest before the server is tried again. It is doubled up to all of that."""
STORE = "store"
NOT_YET = "it has not answered yet"
REMEDY = "start the PostgreSQL server, or look at its log and at the way to it; readings wait in the inbox meanwhile"
MOVED = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.UndefinedTable)
"""Another server has taken its place, or it was made anew: a new connection finds out."""


class Report(Protocol):
    """How it is told what does not work, why, and what a person can do; without a why, it works."""

    def __call__(self, what: str, why: str, remedy: str = "") -> None:
        """Take a report."""
        ...


class _Job(NamedTuple):
    """A statement, and who waits for its rows."""

    statement: str
    values: Sequence[Any]
    rows: asyncio.Future[list[Row]]


class PostgresServer:
    """The ``RemoteDatabase`` at the configured URL, where ``dialled`` takes the place of its host and port.

    ``steps`` make its tables, each once, in this order. ``report`` is told when it is lost, and when it is there again.
    """

    def __init__(
        self,
        settings: Settings,
        steps: Sequence[str],
        *,
        dialled: str | None,
        rng: Random,
        report: Report,
    ) -> None:
        self._limit_s = settings.request_timeout_s
        self._rest_max_s = settings.push_retry_s
        self._steps = steps
        self._rng = rng
        self._report = report
        self._way = way_to(settings.store_url, dialled, self._limit_s)
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._workers: set[asyncio.Task[None]] = set()
        self._busy: dict[asyncio.Task[None], ServerConnection] = {}
        self._connected = 0
        self._idle = 0
        self._made = False
        self._lost = NOT_YET
        self._tries: asyncio.Task[Any] | None = None
        self._closed = False

    async def ask(self, statement: str, values: Sequence[Any] = (), *, patience: float = 1.0) -> list[Row]:
        """Carry one statement out and return its rows. Raises Unreachable."""
        if self._closed or self._lost not in ("", NOT_YET):
            raise Unreachable(self._lost or "it is closed")
        job = _job(statement, values)
        self._jobs.put_nowait(job)
        if self._jobs.qsize() > self._idle and len(self._workers) < CONNECTIONS_MAX:
            self._begin()
        try:
            async with asyncio.timeout(self._limit_s * patience):
                return await job.rows
        except TimeoutError:
            raise Unreachable(f"no answer within {self._limit_s * patience:g} s") from None

    def look(self) -> None:
        """Find out whether it is there, if nobody has asked it yet."""
        if not self._workers and not self._closed:
            self._begin()

    def unproved(self) -> str:
        """Say that nothing is known of it yet; nothing once something is."""
        return f"{STORE}: {NOT_YET}" if self._lost == NOT_YET else ""

    async def close(self) -> None:
        """Close every connection, whatever is under way."""
        self._closed = True
        for worker in self._workers:
            if worker in self._busy:
                hang_up(self._busy[worker])  # to cancel it would be to wait for the server
            else:
                worker.cancel()
        if self._workers:
            await asyncio.wait(self._workers, timeout=CLOSE_LIMIT_S)

    def _begin(self) -> None:
        """Let one more connection work."""
        worker = asyncio.get_running_loop().create_task(self._work())
        self._workers.add(worker)
        worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if self._tries is worker:
            self._tries = None

    async def _work(self) -> None:
        """Open a connection and work, again and again. Of several that cannot, one goes on to try."""
        this = asyncio.current_task()
        first_s = rest_s = self._rest_max_s * REST_SHARE
        while not self._closed:
            try:
                connection = await self._opened()
            except (psycopg.Error, OSError, ValueError, Unreachable) as error:
                if self._connected or self._tries not in (None, this):
                    return
                self._tries = this
                self._lose(self._words(error))
                await asyncio.sleep(rest_s * self._rng.uniform(0.5, 1.0))
                rest_s = min(2 * rest_s, self._rest_max_s)
                continue
            rest_s, self._tries = first_s, None
            self._connected += 1
            try:
                self._find()
                await self._serve(connection)
            finally:
                self._connected -= 1
                await connection.close()

    async def _serve(self, connection: ServerConnection) -> None:
        """Work until the connection is of no use any more."""
        while not self._closed and not connection.closed:
            job = await self._next(connection)
            if job.rows.done():
                continue
            try:
                rows = await self._carried_out(connection, job)
            except Unreachable as error:
                _refuse(job, str(error))
                self._lose(str(error))
                return
            except psycopg.Error as error:
                if connection.broken and not self._lost:
                    self._jobs.put_nowait(job)  # a new connection says whether the server is gone, or only the old one
                else:
                    _refuse(job, self._words(error))
                if isinstance(error, MOVED):
                    self._made = False
                    return
            else:
                self._find()
                if not job.rows.done():
                    job.rows.set_result(rows)

    async def _next(self, connection: ServerConnection) -> _Job:
        """Wait for something to do; if the server hangs up, or for want of it, that is to see whether it is there."""
        loop, handle = asyncio.get_running_loop(), connection.fileno()

        def stirs() -> None:
            loop.remove_reader(handle)
            self._jobs.put_nowait(_job("SELECT 1"))

        loop.add_reader(handle, stirs)
        self._idle += 1
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._jobs.get()
        except TimeoutError:
            return _job("SELECT 1")
        finally:
            self._idle -= 1
            loop.remove_reader(handle)

    async def _carried_out(self, connection: ServerConnection, job: _Job) -> list[Row]:
        """Return the rows of a statement. Raises psycopg.Error, and Unreachable if nothing comes within the limit."""
        worker = cast(asyncio.Task[None], asyncio.current_task())
        hung = False

        def give_up() -> None:
            nonlocal hung
            hung = True
            hang_up(connection)

        alarm = asyncio.get_running_loop().call_later(self._limit_s, give_up)
        self._busy[worker] = connection
        try:
            cursor = await connection.execute(job.statement.encode(), job.values)
            return await cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            if hung:
                raise Unreachable(f"no answer within {self._limit_s:g} s") from None
            raise
        finally:
            alarm.cancel()
            del self._busy[worker]

    async def _opened(self) -> ServerConnection:
        """Open a connection whose server has the tables. Raises psycopg.Error, OSError, ValueError, Unreachable."""
        connection = await connected(self._way, self._limit_s, () if self._made else self._steps)
        self._made = True
        return connection

    def _lose(self, why: str) -> None:
        """Refuse everybody from now on, those that wait too, until a connection has worked."""
        self._lost = why
        self._report(STORE, why, REMEDY)
        while not self._jobs.empty():
            _refuse(self._jobs.get_nowait(), why)
        for _ in range(self._idle):
            self._jobs.put_nowait(_job("SELECT 1"))  # the others see for themselves

    def _find(self) -> None:
        if self._lost:
            self._lost = ""
            self._report(STORE, "")

    def _words(self, error: Exception) -> str:
        """Return what went wrong in a line, without the password."""
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        password = self._way.get("password")
        return said.replace(str(password), "…") if password else said


def _job(statement: str, values: Sequence[Any] = ()) -> _Job:
    return _Job(statement, values, asyncio.get_running_loop().create_future())


def _refuse(job: _Job, why: str) -> None:
    if not job.rows.done():
        job.rows.set_exception(Unreachable(why))
        job.rows.exception()  # there may be nobody who asks for it
