"""The reference's nodes in virtual time: its own ``Env`` over a simulated machine. Translates, decides nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from deadair.reference.env import PeerAnswer, Unreachable
from deadair.reference.settings import Settings
from deadair.reference.wiring import NODES, ServiceNode, dearness_of
from deadair.targets.machine import Machine
from deadair.targets.request import Request


def simulated_node(node: str, machine: Machine, settings: Mapping[str, Any]) -> ServiceNode:
    """Return one node of the service, built as its process would build it."""
    made = Settings(**{**settings, "defects": tuple(settings["defects"])})
    return NODES[node](SimulatedEnv(machine, dearness=dearness_of(node, made)), made)


class SimulatedEnv:
    """The service's ``Env``, where every part of the world is the machine's."""

    def __init__(self, machine: Machine, *, dearness: float) -> None:
        self.rng: Random = machine.rng
        self.now = machine.now
        self.hashes_at_once = 1
        self._machine = machine
        self._dearness = dearness

    def cpu(self, seconds: float) -> None:
        """Charge it to the machine, dearer where less than a core is provisioned."""
        self._machine.charge(seconds * self._dearness)

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        """Send over a link."""
        answer = await self._machine.ask(link, Request(path, body), limit_s=timeout_s)
        if answer is None:
            raise Unreachable(link)
        return PeerAnswer(answer.status, answer.body, answer.retry_after_s)

    def database(self, name: str) -> sqlite3.Connection:
        """Open a database."""
        return self._machine.disk(name)

    def remote_database(self, link: str, steps: Sequence[str]) -> None:
        """Know of none: virtual time has no server of databases."""

    async def changed(self, name: str, *, every_s: float) -> None:
        """Wait for news in a database."""
        await self._machine.written(name, every_s=every_s)

    def note(self, event: str, **facts: float | str) -> None:
        """Tell the trace."""
        self._machine.note(event, facts)

    def log(self, event: str, **facts: float | str) -> None:
        """Tell nobody: the history tells."""

    def report(self, what: str, why: str, remedy: str = "") -> None:
        """Tell nobody."""

    def trouble(self) -> str:
        """Know of none: a node here works, or it is gone."""
        return ""

    async def hash_password(self, password: str) -> str:
        """Return a digest that is quick to make: nobody attacks a simulation."""
        return hashlib.sha256(password.encode()).hexdigest()

    async def password_fits(self, hashed: str, password: str) -> bool:
        """Compare digests."""
        return hashed == await self.hash_password(password)
