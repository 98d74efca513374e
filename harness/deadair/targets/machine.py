"""What a target that can be simulated builds its nodes on: a machine in virtual time. Knows no engine and no target.

The service's own code runs on it unchanged; whatever such code may want of the world it gets from ``Machine``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from random import Random
from typing import Any, Protocol

from deadair.targets.request import Answer, Request


class Machine(Protocol):
    """What one node of a simulated target runs on. Seconds are those of the clock that the service runs by."""

    @property
    def rng(self) -> Random:
        """Where every random number comes from."""
        ...

    def now(self) -> float:
        """Return this machine's wall clock in Unix seconds."""
        ...

    async def ask(self, link: str, request: Request, *, limit_s: float) -> Answer | None:
        """Send over an inner link; none if no answer came: the request may or may not have been carried out."""
        ...

    def disk(self, name: str) -> sqlite3.Connection:
        """Open a database of the installation: what it committed survives a crash of its nodes."""
        ...

    async def written(self, name: str, *, every_s: float) -> None:
        """Return at the first of the moments ``every_s`` apart at which something new may lie in a database."""
        ...

    def charge(self, cpu_s: float) -> None:
        """Say what the present work costs of this node's one CPU."""
        ...

    def note(self, event: str, facts: Mapping[str, float | str]) -> None:
        """Tell whoever traces the run what the node has just done."""
        ...


class Program(Protocol):
    """A node as it runs on a machine: what it serves on which socket, and what it does by itself."""

    @property
    def apps(self) -> Mapping[str, Any]:
        """Return an ASGI application for each socket."""
        ...

    async def run(self) -> None:
        """Do its own work for ever; to return is to crash."""
        ...
