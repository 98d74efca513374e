"""Many writers, one transaction: whoever asks while a commit is under way shares the next one.

This is what makes an acknowledgement durable at a bearable price: one fsync for all that came meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Change = TypeVar("Change")


class GroupCommit(Generic[Change]):
    """Collects items and hands them to ``write`` together, which must make them durable or raise."""

    def __init__(self, write: Callable[[list[Change]], None]) -> None:
        self._write = write
        self._items: list[Change] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def submit(self, items: list[Change]) -> None:
        """Return once these items are durable. Raises whatever ``write`` raised: then none of the group is."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._items.extend(items)
        self._waiting.append(done)
        await done

    def _flush(self) -> None:
        items, waiting = self._items, self._waiting
        self._items, self._waiting = [], []
        error: Exception | None = None
        try:
            self._write(items)
        except Exception as raised:  # noqa: BLE001 - every waiter must hear of it, whatever it was
            error = raised
        for done in waiting:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
