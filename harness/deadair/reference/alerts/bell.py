"""Ends a wait early, for one who waits at a time. Costs no task, as ``asyncio.wait_for`` over an event does."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung while nobody waits, it is not heard."""

    _heard: asyncio.Future[bool] | None = None

    def ring(self, *, rung: bool = True) -> None:
        """Let whoever waits go on."""
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(rung)

    async def wait(self, most_s: float) -> bool:
        """Wait until it is rung, for so many seconds at the most; say whether it was."""
        loop = asyncio.get_running_loop()
        self._heard = loop.create_future()
        timer = loop.call_later(most_s, lambda: self.ring(rung=False))
        try:
            return await self._heard
        finally:
            timer.cancel()
