"""The machines of a simulated installation: each node's clock, disks, network and one CPU. Knows no service.

Databases outlive their nodes: what was committed is there after a crash, what was not never was.
"""

from __future__ import annotations

import asyncio
import math
import random
import sqlite3
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Literal

from deadair.engines.simulated.network import Network
from deadair.engines.simulated.network_link import ConnectionLimit
from deadair.engines.simulated.simulated_process import Process
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.targets.request import Answer, Request

CONNECTIONS_MAX = 256
"""How many connections one node has in use at once; the live nodes' HTTP client has this limit too."""

Note = Callable[[str, str, Mapping[str, float | str]], None]
"""Told which node did what, with the facts."""


class Disk(sqlite3.Connection):
    """A database in memory that tells whoever waits for news of it. All nodes of the installation share it."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self._told = 0
        self._waiting: list[asyncio.Future[None]] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> Literal[False]:
        """End a transaction; what it changed is news."""
        super().__exit__(kind, error, at)
        if self.total_changes != self._told:
            self._told = self.total_changes
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                if not one.done():
                    one.set_result(None)
        return False

    async def news(self) -> None:
        """Wait for the next transaction that changes something."""
        one = asyncio.get_running_loop().create_future()
        self._waiting.append(one)
        await one


class Disks:
    """All databases of one installation, by name."""

    def __init__(self) -> None:
        self._disks: dict[str, Disk] = {}

    def open(self, name: str) -> Disk:
        """Return a database, a new one if nobody had it before."""
        if name not in self._disks:
            self._disks[name] = Disk()
        return self._disks[name]

    def lose_uncommitted(self) -> None:
        """Undo what a node that died now had not committed."""
        for disk in self._disks.values():
            disk.rollback()

    def close(self) -> None:
        """Close all of them."""
        for disk in self._disks.values():
            disk.close()


class NodeMachine:
    """What one life of a node runs on: the ``Machine`` of ``deadair.targets.machine``."""

    def __init__(  # noqa: PLR0913 - a machine is made of these, named at the one call site
        self,
        process: Process,
        clock: VirtualClock,
        *,
        network: Network,
        disks: Disks,
        sockets: Mapping[str, str],
        note: Note | None,
    ) -> None:
        self.process = process
        self.charge = process.charge
        # Another in each life of a node: a later one would give out the same names again.
        self.rng = random.Random(f"{process.name} {clock.wall_s()}")  # noqa: S311 - keeps no secret: a run must repeat
        self._clock = clock
        self._network = network
        self._disks = disks
        self._sockets = sockets
        self._note = note
        self._connections = ConnectionLimit(clock.loop, CONNECTIONS_MAX)

    def now(self) -> float:
        """Return this node's wall clock."""
        return self._clock.wall_s() + self.process.skew_s

    async def ask(self, link: str, request: Request, *, limit_s: float) -> Answer | None:
        """Send over an inner link; the limit holds for the wait for a connection too."""
        answered: asyncio.Future[Answer | None] = self._clock.loop.create_future()

        def done(answer: Answer | None, _: object) -> None:
            if not answered.done():  # whoever asked may have been cancelled
                answered.set_result(answer)

        self._network.exchange(
            link,
            self._sockets[link],
            request,
            limit_s=limit_s,
            done=done,
            connections=self._connections,
        )
        return await answered

    def disk(self, name: str) -> Disk:
        """Open a database."""
        return self._disks.open(name)

    async def written(self, name: str, *, every_s: float) -> None:
        """Return at the moment at which somebody who looks every ``every_s`` would find something new.

        In between nothing is looked at, so that a quiet weekend costs nothing.
        """
        loop = self._clock.loop
        began_s = loop.now_s
        await self._disks.open(name).news()
        looks = max(1, math.ceil((loop.now_s - began_s) / every_s))
        await asyncio.sleep(max(0.0, began_s + looks * every_s - loop.now_s))

    def note(self, event: str, facts: Mapping[str, float | str]) -> None:
        """Tell the trace, if there is one."""
        if self._note is not None:
            self._note(self.process.name, event, facts)
