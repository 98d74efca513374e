"""Whose request it is, by address: that of the connection, or behind a proxy of ours what that says.

Nodes see households. Where there may be many behind one address, and nobody says who, they see no client at all.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

CLIENTS_KEPT = 4096
IPV6_OWN_BITS = 64
"""So much of an IPv6 address names a household: the rest it chooses itself, anew as often as it likes."""


def with_households(app: ASGIApp, proxies: tuple[str, ...]) -> ASGIApp:
    """Return an application that is told whose each request is."""
    networks = [ip_network(proxy, strict=False) for proxy in proxies]

    @lru_cache(CLIENTS_KEPT)
    def household(host: str) -> tuple[str, int] | None:
        try:
            address = ip_address(host)
        except ValueError:
            return None
        if any(address in network for network in networks):
            return None
        if isinstance(address, IPv6Address):
            return str(ip_network((int(address), IPV6_OWN_BITS), strict=False)), 0
        return host, 0

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"]
        scope["client"] = household(client[0]) if client else None
        await app(scope, receive, send)

    # The middleware believes what a trusted client says, and puts that client in its own place.
    return ProxyHeadersMiddleware(ask, [str(network) for network in networks]) if networks else ask  # type: ignore[arg-type, return-value]
