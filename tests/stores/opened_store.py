"""A node's store, opened as the node opens it, in a loop of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.store import Store
from deadair.reference.storage.store_choice import store_of

LINK = "gateway→store"
Answer = TypeVar("Answer")


@contextlib.asynccontextmanager
async def opened(data: Path, settings: Settings) -> AsyncIterator[tuple[Store, LiveEnv]]:
    """Open it, and close everything at the end."""
    env = LiveEnv(data, settings)
    try:
        yield store_of(env, LINK), env
    finally:
        await env.close()


def with_store(data: Path, url: str, do: Callable[[Store], Awaitable[Answer]]) -> Answer:
    """Return what comes of doing something with a store."""

    async def whole() -> Answer:
        async with opened(data, Settings(store_url=url)) as (store, _):
            return await do(store)

    return asyncio.run(whole())
