"""The HTTP server in front of the channels that messages are posted to. asyncio; knows no message.

An ASGI application without a framework, for when a frozen link thaws, a thousand messages come at once: what one of
them costs here is what the last one is late.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from deadair.fleet.channels.certificates import server_context
from deadair.fleet.channels.channel import HttpAnswer, HttpChannel, Posted

ENDING_LIMIT_S = 1.5
READ_BYTES_MAX = 1024 * 1024
"""Of a body that is too large no more than this is read."""
NOTHING_HERE = HttpAnswer(404)


class _Disconnected(Exception):  # noqa: N818 - the sender's affair, not an error of ours
    """The sender gave up half-way."""


class HttpFront:
    """The application. ``fail`` is told of a crash, which then ends the process."""

    def __init__(self, channels: Sequence[HttpChannel], fail: Callable[[Exception], None]) -> None:
        self._channels = channels
        self._fail = fail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; servers also ask what it does when they start, and it does nothing then."""
        if scope["type"] != "http":
            return
        answer = await self._answer(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer.body))]
        headers += [(name.encode(), value.encode()) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        method, path = scope["method"], scope["path"]
        channel = next((one for one in self._channels if one.claims(method, path)), None)
        if channel is None:
            return NOTHING_HERE
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            return channel.answer(Posted(method, path, headers, await _body(receive, channel.body_bytes_max)))
        except _Disconnected:
            channel.broken_off()
            return HttpAnswer(400)
        except Exception as error:
            self._fail(error)
            raise


class HttpServer:
    """Serves a front on a socket that listens already; over TLS if there is a ``pem`` with certificate and key."""

    def __init__(self, front: HttpFront, listening: socket.socket, pem: Path | None) -> None:
        config = uvicorn.Config(
            front,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
        )
        config.load()
        if pem is not None:
            config.ssl = server_context(pem, protocols=["http/1.1"])
        self._server = _Server(config)
        self._listening = listening

    async def run(self) -> None:
        """Serve until cancelled; what is under way then has a moment to end."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        try:
            await asyncio.shield(serving)
        finally:
            self._server.should_exit = True
            with suppress(TimeoutError):
                await asyncio.wait_for(serving, ENDING_LIMIT_S)


class _Server(uvicorn.Server):
    """Leaves the signals to the process, which has a recorder to close."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _body(receive: Receive, bytes_max: int) -> bytes | None:
    """Return a request's body, none for one that is too large. Raises _Disconnected for one that breaks off.

    A body that is too large is read to its end all the same, if that is near: who is answered while he still sends may
    lose the connection, and with it the next message.
    """
    body, more, size_bytes = b"", True, 0
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise _Disconnected
        size_bytes += len(part.get("body", b""))
        more = part.get("more_body", False)
        if size_bytes <= bytes_max:
            body += part.get("body", b"")
        elif size_bytes > READ_BYTES_MAX:
            return None
    return body if size_bytes <= bytes_max else None
