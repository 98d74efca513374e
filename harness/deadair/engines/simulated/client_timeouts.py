"""When clients give up. Those who wait equally long do so in the order in which they began: one timer does for all.

It knows neither what they wait for nor who they are.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.simulated_process import NOBODY


class WaitingClient(Protocol):
    """Somebody who waits until ``ends_s`` of the loop's time at the most."""

    @property
    def ends_s(self) -> float:
        """When it gives up."""
        ...

    @property
    def over(self) -> bool:
        """Whether it waits no more."""
        ...

    def give_up(self) -> None:
        """Give up, unless it waits no more."""
        ...


class ClientTimeouts:
    """All who wait equally long."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._waiting: deque[WaitingClient] = deque()

    def add(self, one: WaitingClient) -> None:
        """Take in somebody who has just begun to wait."""
        self._waiting.append(one)
        if len(self._waiting) == 1:
            self._loop.call_at(one.ends_s, self._look, context=NOBODY)

    def _look(self) -> None:
        """Let those give up whose time is over, and look again when the next one's is."""
        waiting = self._waiting
        while waiting and (waiting[0].over or waiting[0].ends_s <= self._loop.now_s):
            waiting[0].give_up()
            waiting.popleft()
        if waiting:
            self._loop.call_at(waiting[0].ends_s, self._look, context=NOBODY)
