"""Listens to a server of Socket.IO 3 or later, as its followers do, by python-socketio. asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import socketio

from deadair.fleet.channels.socketio_client import Connected, Hear, Heard
from deadair.model.environment import Address

AGAIN_S = 0.5
CONNECT_LIMIT_S = 5.0
ARGUMENTS_BYTES_MAX = 32 * 1024
"""Of an event with more, only the name is handed on."""


class PythonClient:
    """One connection at a time, made anew for ever: a follower's program does the same."""

    async def listen(
        self, address: Address, *, namespace: str, events: Sequence[str], hello: Sequence[Any], hear: Hear
    ) -> None:
        """Hand on what is heard, until cancelled."""
        while True:
            client = socketio.AsyncClient(reconnection=False, serializer="default", handle_sigint=False)
            for event in events:
                client.on(event, _handler(event, hear), namespace=namespace)
            try:
                await self._once(client, address, namespace, hello, hear)
            finally:
                await client.shutdown()
            await asyncio.sleep(AGAIN_S)

    async def _once(
        self, client: socketio.AsyncClient, address: Address, namespace: str, hello: Sequence[Any], hear: Hear
    ) -> None:
        """Connect and listen until the connection is over, if it comes up at all."""
        try:
            await client.connect(
                f"http://{address.host}:{address.port}",
                headers={"Host": address.called},
                namespaces=[namespace],
                wait_timeout=CONNECT_LIMIT_S,
            )
        except (socketio.exceptions.ConnectionError, OSError):
            return
        hear(Connected(up=True))
        try:
            if hello:
                await client.emit(hello[0], tuple(hello[1:]) or None, namespace=namespace)
            await client.wait()
        except socketio.exceptions.SocketIOError:
            return
        finally:
            hear(Connected(up=False))


def _handler(event: str, hear: Hear) -> Any:
    async def heard(*given: Any) -> None:
        args = tuple(one for one in given if not isinstance(one, bytes))
        hear(Heard(event, args if _fits(args) else ()))

    return heard


def _fits(args: tuple[Any, ...]) -> bool:
    return len(orjson.dumps(args)) <= ARGUMENTS_BYTES_MAX
