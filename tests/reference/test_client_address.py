"""By which address a client is known: his own, whatever he says, unless a proxy of ours says so."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from deadair.reference.http.client_address import Caller, ClientAddresses

PROXIES = ("192.0.2.1", "10.0.0.0/8", "2001:db8:ffff::/48")


def client(peer: str | None, *forwarded: str) -> Caller:
    headers = [(b"x-forwarded-for", said.encode()) for said in forwarded]
    scope = {"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)}
    return ClientAddresses(PROXIES).of(Request(scope))


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_address_names_a_household(peer: str, address: str) -> None:
    assert client(peer) == Caller(address, many=False)


def test_nobody_says_himself_who_he_is() -> None:
    assert client("198.51.100.7", "203.0.113.9") == Caller("198.51.100.7", many=False)


@pytest.mark.parametrize("proxy", ["192.0.2.1", "10.9.9.9", "::ffff:10.9.9.9", "2001:db8:ffff::1"])
def test_a_proxy_says_for_whom_it_asks(proxy: str) -> None:
    named = Caller("203.0.113.9", many=False)
    assert client(proxy, "203.0.113.9") == named
    assert client(proxy, "1.2.3.4, 203.0.113.9") == named, "the rest is what the client made up"
    assert client(proxy, "1.2.3.4", "203.0.113.9,10.1.1.1") == named, "a proxy behind a proxy"


@pytest.mark.parametrize(
    "forwarded", [(), ("",), ("unknown",), ("10.1.1.1",), ("203.0.113.9, nonsense",), ("1.2.3.4:80",)]
)
def test_behind_a_proxy_that_names_nobody_there_may_be_many(forwarded: tuple[str, ...]) -> None:
    assert client("10.9.9.9", *forwarded) == Caller("10.9.9.9", many=True)


@pytest.mark.parametrize("peer", [None, "", "/run/socket"])
def test_so_there_may_be_where_there_is_no_address(peer: str | None) -> None:
    assert client(peer) == Caller("", many=True)
