"""What a gateway has for the watchdog, told to one with no socket between, for tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from deadair.reference.nodes.watchdog import Watchdog
from tests.reference.asgi import ask
from tests.reference.service import Service


def first_told(service: Service) -> Any:
    """Let a gateway run until it has told something; return that."""
    env: Any = service.env

    async def scene() -> None:
        working = asyncio.create_task(service.gateway.run())
        async with asyncio.timeout(5):
            while not env.posts:
                await asyncio.sleep(0)
        working.cancel()

    asyncio.run(scene())
    return json.loads(env.posts[0][2])


def pass_on(service: Service, dog: Watchdog) -> None:
    """Tell a watchdog all that waits to be told."""
    senders: tuple[Any, ...] = (service.evidence, service.gateway._lows)

    async def scene() -> None:
        telling = [asyncio.create_task(sender.run()) for sender in senders]
        async with asyncio.timeout(5):
            while any(sender._waiting for sender in senders):
                await asyncio.sleep(0)
        for task in telling:
            task.cancel()

    env: Any = service.env
    env.posts.clear()
    asyncio.run(scene())
    for _, path, body in env.posts:
        assert ask(dog.apps["watchdog"], "POST", path, body).status_code == 200
