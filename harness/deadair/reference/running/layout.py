"""Which node has which sockets, and which links it dials. Names only."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
PUSH = "push"
"""Where pushes go: the provider's, no socket of ours."""


@dataclass(frozen=True, slots=True)
class SocketPlace:
    """One node. Its last socket is the one that is asked how it is: never one that strangers reach."""

    sockets: tuple[str, ...]
    links: tuple[str, ...] = ()
    store_link: str = ""
    """To the store, where that is on a server: dialled in place of what its URL says, if it is configured."""


LAYOUT = {
    "gateway": SocketPlace(("gateway", "gateway-admin"), ("gateway→watchdog",), "gateway→store"),
    "sentinel": SocketPlace(("status", "sentinel"), ("sentinel→push",)),
    "watchdog": SocketPlace(("watchdog",), ("watchdog→sentinel",)),
    "notifier": SocketPlace(("notifier",), ("notifier→push", "notifier→sentinel")),
    "processor": SocketPlace(("processor",), store_link="processor→store"),
}


def leads_to(link: str) -> str:
    """Return the socket that a link leads to, or ``PUSH``."""
    return link.partition("→")[2]


def address(said: int | str) -> tuple[str, int]:
    """Return host and port of ``host:port``, or of a port on loopback. Raises ValueError."""
    host, _, port = f"{LOOPBACK}:{said}".rpartition(":") if isinstance(said, int) else said.rpartition(":")
    if not host.encode("idna") or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{said!r} is no port from 1 to 65535 and no host:port")
    return host, int(port)
