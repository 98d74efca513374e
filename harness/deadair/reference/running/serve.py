"""Runs a node: its sockets and its own work, until it is told to stop. The other side of the world is in ``live.py``.

An orderly end stops accepting, lets what is under way be answered within a limit, and ends the node's own work last.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from deadair.reference.http.admin_routes import BULK_BYTES_MAX
from deadair.reference.http.router import Router
from deadair.reference.http.share_api import BODY_BYTES_MAX
from deadair.reference.running.connection_limits import Connection, Hall
from deadair.reference.running.door import PUBLIC, door
from deadair.reference.running.households import with_households
from deadair.reference.running.layout import LAYOUT, address
from deadair.reference.running.live import LiveEnv
from deadair.reference.running.log import Log
from deadair.reference.running.metrics_page import MetricsPage
from deadair.reference.running.tls import HandshakeGuest, SecureConnection, server_context
from deadair.reference.settings import Settings
from deadair.reference.wiring import ServiceNode

STOP_S = 1
"""How long what is under way may take once the node is told to stop."""
TURN_S = 0.5
"""What the server itself needs for that."""
SWEEP_EVERY_S = 0.25
BACKLOG = 4096
ACCEPTED_AT_ONCE = 16
"""How many waiting connections each socket takes in one turn of the loop.

uvloop's takes one, so while turns are long, connections come faster than they are taken: each has been given up when
its turn comes, is asked for again, and the server answers nobody any more, long after whatever made it slow is over.
"""
FILES_SPARED = 128
"""Open files that a node needs for other things than connections to it."""


class _NodeServer(uvicorn.Server):
    """A server that leaves signals to ``serve``: there are several in one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(node: ServiceNode, settings: Settings, env: LiveEnv, log: Log) -> None:
    """Run a node with its sockets until SIGTERM or SIGINT; raises whatever crashes it, OSError, ConfigurationError."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, said: log.failed("a task failed", said.get("exception") or RuntimeError()))
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    connections_max = min(settings.connections_max, (files_max - FILES_SPARED) // len(node.apps))
    tls = server_context(settings)
    listening = {name: _listen(name, settings) for name in node.apps}
    halls = {
        name: Hall(
            connections_max=connections_max,
            arrive_within_s=settings.arrive_within_s,
            request_bytes_max=2 * (BULK_BYTES_MAX if name == "gateway-admin" else BODY_BYTES_MAX),
        )
        for name in node.apps
    }
    metrics = MetricsPage(env.node, node, env, halls)
    inner = LAYOUT[env.node].sockets[-1]

    def _entered(name: str, app: Router) -> ASGIApp:
        """Return what a socket's requests come to first."""
        told = _told(app, log)
        behind = door(name, metrics.beside(told) if name == inner else told, settings.inner_secret)
        return with_households(env.counts.counted(name, behind, app.paths), settings.proxies)

    servers = {
        name: _server(_entered(name, app), halls[name], tls if name in PUBLIC else None)
        for name, app in node.apps.items()
    }
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = [asyncio.create_task(server.serve(_handles(listening[name]))) for name, server in servers.items()]
    own = [asyncio.create_task(one) for one in (node.run(), _sweep(halls.values()), env.watch())]
    stopping = asyncio.create_task(stop.wait())
    log.say("started", **{name: str(settings.sockets[name]) for name in servers})
    done, _ = await asyncio.wait([*serving, *own, stopping], return_when=asyncio.FIRST_COMPLETED)
    log.say("stopping")
    for server in servers.values():
        server.should_exit = True
    await asyncio.wait(serving, timeout=STOP_S + TURN_S)
    for task in own:
        task.cancel()
    await asyncio.wait(own, timeout=STOP_S)
    if stopping not in done:
        # A part of a node that ends by itself has failed: the process must not live on without it.
        for failed in done:
            failed.result()
        raise RuntimeError("a part of this node ended by itself")


def _listen(name: str, settings: Settings) -> socket.socket:
    host, port = address(settings.sockets[name])
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise OSError(error.errno, f"{name} cannot listen on {host}:{port}: {error.strerror}") from error


def _handles(listening: socket.socket) -> list[socket.socket]:
    """Return one socket as many times as connections are to be taken from it at once."""
    return [listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def _connections(hall: Hall, tls: ssl.SSLContext | None) -> Callable[..., asyncio.Protocol]:
    """Return what makes a connection of one that comes in."""
    if tls is None:
        return partial(Connection, hall)
    return lambda **uvicorns: HandshakeGuest(hall, tls, SecureConnection(hall, **uvicorns))


def _server(app: ASGIApp, hall: Hall, tls: ssl.SSLContext | None = None) -> _NodeServer:
    return _NodeServer(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=cast(type[asyncio.Protocol], _connections(hall, tls)),
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            log_config=None,
            log_level="critical",
            access_log=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=STOP_S,
        )
    )


def _told(app: ASGIApp, log: Log) -> ASGIApp:
    """Let the log know of what a handler did not expect; its door has answered already."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever it was, the server goes on
            log.failed("a request failed", error)

    return told


async def _sweep(halls: Iterable[Hall]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        for hall in halls:
            hall.sweep(loop.time())
