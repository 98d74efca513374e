"""The door of each socket: who is let in with which headers, and what is open to everybody."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deadair.reference.http.router import reply, send_reply
from deadair.reference.running.door import OPEN, PUBLIC, door
from deadair.reference.running.layout import LAYOUT

SECRET = "a secret of the nodes"
SOCKETS = [socket for place in LAYOUT.values() for socket in place.sockets]
INNER = [socket for socket in SOCKETS if socket not in PUBLIC]


def status(
    socket: str, path: str = "/evidence", *, secret: str = SECRET, host: str = "127.0.0.1:80", **said: str
) -> int:
    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        await send_reply(send, reply({}))

    async def scene() -> httpx.Response:
        transport = httpx.ASGITransport(door(socket, behind, secret))
        async with httpx.AsyncClient(transport=transport, base_url="http://node", trust_env=False) as client:
            headers = {"Host": host, **{name.replace("_", "-"): text for name, text in said.items()}}
            return await client.post(path, headers=headers)

    answer = asyncio.run(scene())
    assert answer.status_code == 200 or answer.json()["Code"] == "Forbidden"
    assert SECRET not in answer.text
    return answer.status_code


def test_every_socket_but_the_two_of_strangers_is_an_inner_one() -> None:
    assert set(INNER) == {"gateway-admin", "processor", "watchdog", "notifier", "sentinel"}


@pytest.mark.parametrize("socket", INNER)
def test_an_inner_socket_wants_the_secret(socket: str) -> None:
    assert status(socket) == 403
    for wrong in ("", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper()):
        assert status(socket, x_follow_secret=wrong) == 403
    assert status(socket, x_follow_secret=SECRET) == 200


@pytest.mark.parametrize("socket", PUBLIC)
def test_a_public_socket_does_not(socket: str) -> None:
    assert status(socket, "/app/poll", host="follow.example") == 200


@pytest.mark.parametrize("path", OPEN)
def test_how_a_node_is_may_be_asked_by_everybody(path: str) -> None:
    assert [status(socket, path, host="node") for socket in INNER] == [200] * len(INNER)
    assert status(INNER[0], f"{path}/") == 403


@pytest.mark.parametrize("socket", SOCKETS)
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:81", "http://127.0.0.1:80.evil.example"]
)
def test_no_socket_takes_requests_of_a_page_from_elsewhere(socket: str, origin: str) -> None:
    for path in ("/evidence", *OPEN):
        assert status(socket, path, origin=origin, x_follow_secret=SECRET) == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:80", "https://127.0.0.1:80"])
def test_a_page_of_the_socket_itself_may_ask_it(origin: str) -> None:
    assert status("status", "/status.json", origin=origin) == 200


@pytest.mark.parametrize("socket", INNER)
def test_without_a_secret_an_inner_socket_has_to_be_called_by_its_address(socket: str) -> None:
    for host in ("127.0.0.1", "127.0.0.1:80", "[::1]:80", "[::1]", "localhost:80", "10.0.0.7:9000"):
        assert status(socket, secret="", host=host) == 200
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[x]:80", ":80", ""):
        assert status(socket, secret="", host=host) == 403
