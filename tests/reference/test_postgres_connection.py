"""How a PostgreSQL server is dialled: where the link leads, by the name that TLS wants to see, and with limits."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from deadair.reference.env import Unreachable
from deadair.reference.running.configuration import ConfigurationError
from deadair.reference.running.postgres_connection import way_to
from deadair.reference.running.postgres_server import PostgresServer
from deadair.reference.settings import Settings

URL = "postgresql://follow:the-pass%2Fword@db.example:5433/readings?sslmode=verify-full"


def dialled(url: str, route: str | None) -> tuple[object, object, object]:
    way = way_to(url, route, 10.0)
    return way.get("host"), way.get("hostaddr"), way.get("port")


def test_without_a_route_it_is_dialled_as_its_url_says() -> None:
    assert dialled(URL, None) == ("db.example", None, "5433")
    way = way_to(URL, None, 10.0)
    assert (way["user"], way["password"], way["dbname"]) == ("follow", "the-pass/word", "readings")
    assert way["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    ("url", "route", "expected"),
    [
        (URL, "127.0.0.1:9000", ("db.example", "127.0.0.1", 9000)),
        (URL, "proxy.example:9000", ("proxy.example", None, 9000)),
        ("postgresql://db.example,other.example/readings", "127.0.0.1:9000", ("127.0.0.1", None, 9000)),
        ("postgresql:///readings?host=/run/postgresql", "127.0.0.1:9000", ("127.0.0.1", None, 9000)),
        ("postgresql:///readings", "127.0.0.1:9000", ("127.0.0.1", None, 9000)),
    ],
)
def test_a_route_takes_the_place_of_host_and_port_and_keeps_the_name_for_tls(
    url: str, route: str, expected: tuple[object, ...]
) -> None:
    assert dialled(url, route) == expected


def test_a_server_that_says_nothing_is_given_up_by_the_kernel_too() -> None:
    way = way_to(URL, None, 10.0)
    assert (way["connect_timeout"], way["tcp_user_timeout"], way["keepalives_idle"]) == (10, 10_000, 10)
    assert way_to(URL, None, 0.2)["tcp_user_timeout"] == 200


@pytest.mark.parametrize("url", ["postgresql://follow:the-password@[db/x", "postgresql://f:the-password@db/x?no=1"])
def test_a_url_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"store_url: it cannot be read; it must be") as refused:
        way_to(url, None, 10.0)
    assert "the-password" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("host", ["..", f"{'a' * 80}.example", "nowhere.invalid", "127.0.0.1:1"])
def test_who_cannot_be_dialled_is_not_reached_and_the_operator_is_told(host: str) -> None:
    said: list[tuple[str, str]] = []

    def report(what: str, why: str, remedy: str = "") -> None:
        said.append((what, why))

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(("loop", str(context))))
        settings = Settings(store_url=f"postgresql://f:the-password@{host}/x", request_timeout_s=5.0)
        server = PostgresServer(settings, (), dialled=None, rng=Random(7), report=report)
        with pytest.raises(Unreachable) as unreachable:
            await server.ask("SELECT 1")
        await server.close()
        assert "no answer" not in str(unreachable.value)

    asyncio.run(story())
    assert {what for what, _ in said} == {"store"}
    assert all("the-password" not in why for _, why in said)
