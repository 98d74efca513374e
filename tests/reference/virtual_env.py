"""A FakeEnv whose clock is a loop's on virtual time: nodes run by themselves, for hours, in a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.reference.env import PeerAnswer
from tests.reference.fake_env import FakeEnv


class VirtualEnv(FakeEnv):
    """``takes_s`` maps a link to how long each exchange lasts; who is unreachable takes the whole time-out."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop(start_s=self.now_s)
        self.takes_s: dict[str, float] = {}

    def now(self) -> float:
        return self.loop.time()

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        lost = self.answers.get(link, 200) is None
        await asyncio.sleep(timeout_s if lost else self.takes_s.get(link, 0.0))
        return await super().post(link, path, body, timeout_s=timeout_s)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let a node run by itself whenever time passes."""
        return self.loop.create_task(work)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def close(self) -> None:
        self.loop.abandon()
        assert self.loop.crashes == []
        super().close()
