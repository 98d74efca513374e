"""The seam between the service and the world: everything that is not a pure decision comes in through ``Env``.

No node may read a clock, draw a number, open a socket or a file, or start a thread by itself; then the same code runs
in real time and in virtual time. Sleeping, tasks, events and queues are plain asyncio.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, Protocol


class Unreachable(Exception):  # noqa: N818 - a state of the other side, and what callers ask about
    """No answer came: refused, cut off or too late. The request may or may not have been carried out."""


class PeerAnswer(NamedTuple):
    """What came back over a link. ``retry_after_s``: when the other side asks to be left alone so long."""

    status: int
    body: bytes
    retry_after_s: float | None = None


class RemoteDatabase(Protocol):
    """A database on a server, which may hang or be gone."""

    async def ask(self, statement: str, values: Sequence[Any] = (), *, patience: float = 1.0) -> list[tuple[Any, ...]]:
        """Carry one statement out, durable if it changes something; return its rows. Raises Unreachable.

        Whoever asks waits no longer than ``request_timeout_s``, or the share ``patience`` of it. What was not answered
        may be carried out yet, and may have been carried out twice.
        """
        ...


class Env(Protocol):
    """What the world offers a node."""

    @property
    def rng(self) -> Random:
        """Where every random number comes from."""
        ...

    @property
    def hashes_at_once(self) -> int:
        """Return how many passwords can be hashed at a time."""
        ...

    def now(self) -> float:
        """Return the wall clock in Unix seconds."""
        ...

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        """Send over a link and return the answer. Raises Unreachable."""
        ...

    def database(self, name: str) -> sqlite3.Connection:
        """Open a durable database of this installation: what it committed survives a crash."""
        ...

    def remote_database(self, link: str, steps: Sequence[str]) -> RemoteDatabase | None:
        """Return the database on a server that is configured, reached over a link; none if none is.

        ``steps`` make its tables, each once, in this order; the link leads there if it is configured, too.
        """
        ...

    async def changed(self, name: str, *, every_s: float) -> None:
        """Return when a database may hold news from another node, looking every ``every_s`` seconds."""
        ...

    def note(self, event: str, **facts: float | str) -> None:
        """Tell whoever traces this node what it has just done; nobody does in real time."""
        ...

    def log(self, event: str, **facts: float | str) -> None:
        """Tell whoever runs this node what a person may have to act on; never a secret, nor what a client sent."""
        ...

    def report(self, what: str, why: str, remedy: str = "") -> None:
        """Say what this node needs and cannot have now, why, and what a person can do; without a why, it has it."""
        ...

    def trouble(self) -> str:
        """Say what keeps this node from its work now, in a few words; nothing if nothing does."""
        ...

    def cpu(self, seconds: float) -> None:
        """Charge modelled CPU time to this node; in real time only what work is provisioned to cost beyond its own."""
        ...

    async def hash_password(self, password: str) -> str:
        """Return a salted hash. It is dear on purpose: meanwhile the node does other work."""
        ...

    async def password_fits(self, hashed: str, password: str) -> bool:
        """Say whether the password is the one that was hashed; as dear."""
        ...
