"""Whose request it is, by address: that of the connection, or behind a proxy of ours what that says. Pure."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from starlette.requests import Request

HOPS_MAX = 8
IPV6_OWN_BITS = 64
"""So much of an IPv6 address names a household: the rest it chooses itself, anew as often as it likes."""


class Caller(NamedTuple):
    """Where requests come from. ``many``: there may be many behind this one address, and nobody says who."""

    address: str
    many: bool


class ClientAddresses:
    """Knows the proxies in front, and believes nobody else who says for whom he asks."""

    def __init__(self, proxies: tuple[str, ...]) -> None:
        self._proxies = [ip_network(proxy, strict=False) for proxy in proxies]

    def of(self, request: Request) -> Caller:
        """Return whose request it is."""
        peer = request.client
        address = _parsed(peer.host) if peer else None
        if peer is None or address is None:
            return Caller("", many=True)
        if not self._is_proxy(address):
            return Caller(_household(address), many=False)
        hops = [hop.strip() for said in request.headers.getlist("x-forwarded-for") for hop in said.split(",")]
        for hop in reversed(hops[-HOPS_MAX:]):
            named = _parsed(hop)
            if named is None:
                break
            if not self._is_proxy(named):
                return Caller(_household(named), many=False)
        return Caller(_household(address), many=True)

    def _is_proxy(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._proxies)


@lru_cache(4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _household(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, IPV6_OWN_BITS), strict=False))
