"""What a channel is: one way by which a service's messages come to the harness. Each is in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Posted(NamedTuple):
    """What was sent by HTTP. ``body``: none if it is longer than the channel takes."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By name in small letters."""
    body: bytes | None


class HttpAnswer(NamedTuple):
    """What the channel says to it."""

    status: int
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()


def retry_after(wait_s: int | None) -> tuple[tuple[str, str], ...]:
    """Return the header that asks a sender to wait, in real seconds; none if he is not asked to."""
    return () if wait_s is None else (("retry-after", str(wait_s)),)


class HttpChannel(Protocol):
    """A channel whose messages come by HTTP; several share a server."""

    body_bytes_max: int

    def claims(self, method: str, path: str) -> bool:
        """Say whether a request is this channel's."""
        ...

    def answer(self, posted: Posted) -> HttpAnswer:
        """Take or refuse a message."""
        ...

    def broken_off(self) -> None:
        """Hear that a sender gave up half-way: such a message was surely not taken."""
        ...


class Channel(Protocol):
    """A channel that listens, or connects, by itself."""

    async def run(self) -> None:
        """Do so until cancelled; to return is to fail."""
        ...
