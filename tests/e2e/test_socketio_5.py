"""Followers on Socket.IO of today: what a real server emits is heard, and heard again after it was gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import socketio
import uvicorn

from deadair.fleet.channels.socketio_5 import PythonClient
from deadair.fleet.channels.socketio_client import Connected, Heard
from deadair.history.rows import Kind
from deadair.model.clock import Deadline
from deadair.model.environment import Address
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.e2e.fleet_testbed import end, rows, stage
from tests.e2e.fleet_testbed import until as waited_for
from tests.e2e.phone_link import phone_link
from tests.unit.test_alert_messages import SECTION
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


@contextmanager
def in_a_thread(site: Site) -> Iterator[Callable[..., None]]:
    """Serve beside the test; yield what lets it emit to everybody."""
    running, over, serving = threading.Event(), asyncio.Event(), list[Any]()

    async def serve() -> None:
        async with site.serving() as server:
            serving.extend([asyncio.get_running_loop(), server])
            running.set()
            await over.wait()

    def emit(*what: Any) -> None:
        loop, server = serving
        asyncio.run_coroutine_threadsafe(server.emit(*what, namespace="/alarm"), loop).result(5.0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert running.wait(10.0)
        yield emit
    finally:
        serving[0].call_soon_threadsafe(over.set)
        thread.join(10.0)


def test_the_gateways_followers_hear_it_link_by_link(tmp_path: Path) -> None:
    site, elsewhere = Site(), Address(port=1)
    section = {
        "name": "socket", "channel": "socketio", "link": "downlink", "namespace": "/alarm",
        "events": ["alarm", "clear"], "alarm": {"/event": "alarm", "/data/level": [1, 2]}, "clear": {"/event": "clear"},
    }  # fmt: skip
    with ExitStack() as held:
        built = held.enter_context(stage(tmp_path, elsewhere, devices=4))
        site.address = built.routes["push_smtp"]  # free, and nobody else's
        emit = held.enter_context(in_a_thread(site))
        built.routes |= {"downlink[south]": site.address, "downlink[rest]": elsewhere}
        built.channels = (ChannelSpec(channel="socketio", paths=(SECTION.validate_python(section),)),)
        built.write()
        gateway = built.start_gateway(answers=lambda: built.send_push("{")[0] == 404)
        with phone_link(built.routes["push_links"], built.roster, "south") as south:
            waited_for(lambda: "connect" in site.said, "south's followers are connected", gateway)
            emit("alarm", {"level": 2})
            assert [south.next()[1]["kind"] for _ in range(2)] == ["no_data"] * 2
            emit("alarm", {"level": 3})
            emit("clear", {})
            assert [south.next()[1]["kind"] for _ in range(2)] == ["clear"] * 2
            assert south.nothing()
        assert end(gateway) == 0
        found = [(row["phone"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found == [(0, "no_data"), (2, "no_data"), (None, "other"), (0, "clear"), (2, "clear")]
