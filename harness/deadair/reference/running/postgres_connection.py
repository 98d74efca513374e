"""One connection to a PostgreSQL server: how it is dialled, what it is set to, and that the tables are there.

Its password is in no message.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from deadair.reference.env import Unreachable
from deadair.reference.running.configuration import ConfigurationError
from deadair.reference.running.layout import address

CONNECT_SHARE = 2.0
"""Of the limit: how long a connection may take to be made, for four answers have to come."""
LOCK = 0x466F6C6C6F77
"""Who changes tables holds it: nodes begin together."""

Row = tuple[Any, ...]
ServerConnection = psycopg.AsyncConnection[Row]


def way_to(url: str, dialled: str | None, limit_s: float) -> dict[str, Any]:
    """Return how the server is reached. Raises ConfigurationError, which shows nothing of the URL."""
    try:
        way = conninfo_to_dict(url)
    except psycopg.Error:
        raise ConfigurationError(
            'store_url: it cannot be read; it must be "postgresql://USER:PASSWORD@HOST:PORT/DATABASE", with what is'
            " special in the password as %XX"
        ) from None
    if dialled is not None:
        host, port = address(dialled)
        named = str(way.get("host") or "")
        # The name stays where there is one: TLS may want to see it in the server's certificate.
        keeps_name = named and "," not in named and not named.startswith(("/", "@")) and _is_ip(host)
        way |= {"hostaddr": host if keeps_name else None, "port": port}
        way["host"] = named if keeps_name else host
    seconds = max(1, round(limit_s))
    return {
        **{name: value for name, value in way.items() if value is not None},
        "connect_timeout": max(2, seconds),
        "keepalives_idle": seconds,
        "keepalives_interval": 1,
        "keepalives_count": seconds,
        "tcp_user_timeout": round(limit_s * 1000),
    }


def _is_ip(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


async def connected(way: Mapping[str, Any], limit_s: float, steps: Sequence[str]) -> ServerConnection:
    """Open a connection, and carry out the steps that the server has not seen.

    Raises psycopg.Error, OSError, Unreachable.
    """
    whole_s = limit_s * CONNECT_SHARE
    try:
        async with asyncio.timeout(whole_s):
            connection = await psycopg.AsyncConnection.connect(**way, autocommit=True)
    except TimeoutError:
        raise Unreachable(f"no connection within {whole_s:g} s") from None
    alarm = asyncio.get_running_loop().call_later(whole_s, hang_up, connection)
    try:
        await connection.execute(_session(limit_s))
        if steps:
            await _make_tables(connection, steps)
    except BaseException:
        hang_up(connection)
        await connection.close()
        raise
    finally:
        alarm.cancel()
    return connection


def hang_up(connection: ServerConnection) -> None:
    """End a connection under whoever waits for it. To cancel its statement would be to wait for the server to hear."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as handle:
        handle.shutdown(socket.SHUT_RDWR)


def _session(limit_s: float) -> bytes:
    """Return what each connection is set to: a commit is on the disk, and nothing takes longer than anybody waits."""
    limit = f"'{max(1, round(limit_s * 1000))}ms'"
    return (
        "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed';"
        f" SET statement_timeout = {limit}; SET lock_timeout = {limit};"
        f" SET idle_in_transaction_session_timeout = {limit}"
    ).encode()


async def _make_tables(connection: ServerConnection, steps: Sequence[str]) -> None:
    """Carry out the steps that the server has not seen, all or none of them. Raises psycopg.Error, Unreachable."""
    if await _format(connection) == len(steps):
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        found = await _format(connection)
        if found > len(steps):
            raise Unreachable(
                f"its tables have the format {found}, this build knows up to {len(steps)}: run the build that made them"
            )
        if not found:
            await connection.execute("CREATE TABLE store_format (number integer PRIMARY KEY)")
        for number, step in enumerate(steps[found:], found + 1):
            await connection.execute(step.encode())
            await connection.execute("INSERT INTO store_format VALUES (%s)", (number,))


async def _format(connection: ServerConnection) -> int:
    """Return how many steps the server has seen."""
    # Asked of the catalogue itself: what a connection remembers of it may be from before it had the lock.
    there = "SELECT true FROM pg_tables WHERE tablename = 'store_format' AND schemaname = ANY (current_schemas(false))"
    for query in (f"SELECT EXISTS ({there})", "SELECT max(number) FROM store_format"):
        ((found,),) = await (await connection.execute(query.encode())).fetchall()
        if not found:
            return 0
    return int(found)
