"""What an injector may ask of the proxies of a live run: whoever controls them has this form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from deadair.injectors.injector import Injector


class LinkToxic(Protocol):
    """What a proxy does to what travels in one direction."""

    @property
    def type(self) -> str:
        """Its kind, in Toxiproxy's words."""
        ...

    @property
    def stream(self) -> str:
        """The direction."""
        ...


class LinkProxies(Injector, Protocol):
    """The proxies of a run. By themselves they can be frozen."""

    @property
    def ports(self) -> Mapping[str, tuple[int, int]]:
        """By place, the port where its proxy listens, and the one it leads to."""
        ...

    def excuse(self, place: str, real_s: float) -> None:
        """Let a place's proxy hold back what it takes in, for so long; 0: no longer."""
        ...

    def add_toxic(self, place: str, name: str, kind: str, stream: str, attributes: Mapping[str, int]) -> None:
        """Put a toxic into one direction of a place's proxy."""
        ...

    def toxics(self, place: str) -> Sequence[LinkToxic]:
        """Return the toxics of a place's proxy."""
        ...

    def drop_toxic(self, place: str, name: str) -> None:
        """Take a toxic out of a place's proxy. Taking out what is not there is no error."""
        ...
