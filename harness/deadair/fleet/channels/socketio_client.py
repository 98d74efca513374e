"""What a client of Socket.IO tells, whatever generation it speaks. Knows no message's meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from deadair.model.environment import Address


class Heard(NamedTuple):
    """An event that the server emitted. ``at_s``: when it came, in Unix seconds, if the client says so."""

    event: str
    args: tuple[Any, ...]
    at_s: float | None = None


class Connected(NamedTuple):
    """The connection came up, or went down."""

    up: bool
    at_s: float | None = None


Hear = Callable[[Heard | Connected], None]


class SocketioClient(Protocol):
    """Joins a server as a follower of its does, and connects again by itself."""

    async def listen(
        self, address: Address, *, namespace: str, events: Sequence[str], hello: Sequence[Any], hear: Hear
    ) -> None:
        """Hand on what is heard, until cancelled. Raises HarnessError if nobody listens any more.

        ``hello``: an event and its arguments, which is emitted on each connecting; or nothing.
        """
        ...
