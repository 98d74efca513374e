"""By which address a client is known: his own, whatever he says, unless a proxy of ours says so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from deadair.reference.running.households import with_households

PROXIES = ("192.0.2.1", "10.1.2.3/8", "2001:db8:ffff::/48")


def client(peer: str | None, *forwarded: str) -> str | None:
    """Return the address that a node is told."""
    told: list[Any] = []

    async def node(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(scope["client"])

    async def scene() -> None:
        headers = [(b"x-forwarded-for", said.encode()) for said in forwarded]
        scope = {"type": "http", "scheme": "http", "headers": headers, "client": None if peer is None else (peer, 1)}
        never: Any = None
        await with_households(node, PROXIES)(scope, never, never)

    asyncio.run(scene())
    return told[0] and str(told[0][0])


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_address_names_a_household(peer: str, address: str) -> None:
    assert client(peer) == address


def test_nobody_says_himself_who_he_is() -> None:
    assert client("198.51.100.7", "203.0.113.9") == "198.51.100.7"


@pytest.mark.parametrize("proxy", ["192.0.2.1", "10.9.9.9", "2001:db8:ffff::1"])
def test_a_proxy_says_for_whom_it_asks(proxy: str) -> None:
    assert client(proxy, "203.0.113.9") == "203.0.113.9"
    assert client(proxy, "1.2.3.4, 203.0.113.9") == "203.0.113.9", "the rest is what the client made up"
    assert client(proxy, "1.2.3.4", "203.0.113.9,10.1.1.1") == "203.0.113.9", "a proxy behind a proxy"
    assert client(proxy, "2001:db8:1:2::1") == "2001:db8:1:2::/64"


@pytest.mark.parametrize("forwarded", [(), ("",), ("unknown",), ("10.1.1.1",), ("203.0.113.9, nonsense",)])
def test_behind_a_proxy_that_names_nobody_there_may_be_many(forwarded: tuple[str, ...]) -> None:
    assert client("10.9.9.9", *forwarded) is None


@pytest.mark.parametrize("peer", [None, "", "/run/socket"])
def test_so_there_may_be_where_there_is_no_address(peer: str | None) -> None:
    assert client(peer) is None
