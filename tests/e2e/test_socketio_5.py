"""Followers on Socket.IO of today: what a real server emits is heard, and heard again after it was gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import socketio
import uvicorn

from deadair.fleet.channels.socketio_5 import PythonClient
from deadair.fleet.channels.socketio_client import Connected, Heard
from deadair.model.clock import Deadline
from deadair.model.environment import Address
from tools.live_reference import free_ports

pytestmark = pytest.mark.live


class Site:
    """A server of Socket.IO that can be gone for a while."""

    def __init__(self) -> None:
        self.address = Address(port=free_ports(1)[0])
        self.said: list[Any] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[socketio.AsyncServer]:
        server = socketio.AsyncServer(async_mode="asgi")

        async def connected(sid: str, environ: Any, auth: Any = None) -> None:
            self.said.append("connect")

        async def subscribed(sid: str, *args: Any) -> None:
            self.said.append(args)

        server.on("connect", connected, namespace="/alarm")
        server.on("subscribe", subscribed, namespace="/alarm")
        app = socketio.ASGIApp(server)
        config = uvicorn.Config(
            app, port=self.address.port, log_level="warning", lifespan="off", timeout_graceful_shutdown=0
        )
        web = uvicorn.Server(config)
        task = asyncio.create_task(web.serve())
        try:
            yield server
        finally:
            await server.shutdown()
            web.should_exit = True
            with suppress(TimeoutError):
                await asyncio.wait_for(task, 5.0)


async def until(condition: Any) -> None:
    limit = Deadline.after(15.0)
    while not condition():
        assert not limit.passed()
        await asyncio.sleep(0.02)


def test_what_is_emitted_is_heard_with_all_that_it_says() -> None:
    site, heard = Site(), list[Any]()

    async def scene() -> None:
        hello = ["subscribe", {"secret": "s"}, 7]
        listening = asyncio.create_task(
            PythonClient().listen(
                site.address, namespace="/alarm", events=["alarm", "clear"], hello=hello, hear=heard.append
            )
        )
        try:
            for _ in range(2):
                async with site.serving() as server:
                    await until(lambda: ({"secret": "s"}, 7) in site.said)
                    await server.emit("alarm", ({"level": 1}, "more"), namespace="/alarm")
                    await server.emit("noise", "x", namespace="/alarm")
                    await server.emit("clear", namespace="/alarm")
                    await server.emit("alarm", "x" * 40_000, namespace="/alarm")
                    await until(lambda: heard.count(Heard("alarm", ())) == 1)
                await until(lambda: heard[-1:] == [Connected(up=False)])
                assert heard == [
                    Connected(up=True),
                    Heard("alarm", ({"level": 1}, "more")),
                    Heard("clear", ()),
                    Heard("alarm", ()),
                    Connected(up=False),
                ]
                heard.clear()
                site.said.clear()
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    asyncio.run(scene())
