"""Who may have a password checked next: so many at a time, for each is dear, and everybody else in a line of his own.

The lines are served in turn, so whoever sends a flood waits behind himself. Knows no passwords and no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from deadair.reference.http.share_api import not_now

BUSY_S = 1.0

_Line = deque[asyncio.Future[None]]


class Turns:
    """At most ``at_once`` are served at a time; with them at most ``most`` are here, the others are asked to wait."""

    def __init__(self, *, at_once: int, most: int) -> None:
        self._at_once = at_once
        self._most = most
        self._served = 0
        self._waiting = 0
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        """By whose they are, the one that is served next first."""

    @contextlib.asynccontextmanager
    async def turn(self, whose: str) -> AsyncIterator[None]:
        """Wait for a turn and have it. Raises ShareError if there is no room to wait, or none any more."""
        if self._served + self._waiting >= self._most:
            self._make_room(whose)
        if self._served < self._at_once:
            self._served += 1
        else:
            await self._wait(whose)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, whose: str) -> None:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(whose, deque()).append(called)
        self._waiting += 1
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # the turn came, and nobody is there to take it
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give a turn that is over to the next line's first; whoever gave up meanwhile is passed over."""
        while self._lines:
            whose, line = self._lines.popitem(last=False)
            called = line.popleft()
            self._waiting -= 1
            if line:
                self._lines[whose] = line
            if not called.done():
                called.set_result(None)
                return
        self._served -= 1

    def _make_room(self, whose: str) -> None:
        """Send the last of the longest line away, for who has a shorter one. Raises ShareError if none is."""
        longest = max(self._lines, key=lambda one: len(self._lines[one]), default=whose)
        line = self._lines.get(longest, deque())
        if len(self._lines.get(whose, ())) + 1 >= len(line):
            raise not_now(BUSY_S)
        last = line.pop()
        self._waiting -= 1
        if not last.done():
            last.set_exception(not_now(BUSY_S))
