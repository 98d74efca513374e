"""A target behind HTTPS: the fleet's route and the administrator's questions name it, and trust nobody else."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deadair.fleet.process.http_route import HttpRoute
from deadair.model.clock import RunClock
from deadair.model.environment import Address, ServerName
from deadair.model.errors import HarnessError
from deadair.targets.admin_http import ask
from deadair.targets.request import Request
from tests.unit.certificates import certified

pytestmark = pytest.mark.live

NAME = "follow.example.test"


@dataclass
class Seen:
    """What a server saw: the names that clients asked for in the handshake, and the Host of each request."""

    address: Address
    asked: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


@contextmanager
def https(context: ssl.SSLContext | None) -> Iterator[Seen]:
    """Serve over TLS, or in the clear, on a free port."""
    seen = Seen(Address(port=0))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.hosts.append(self.headers["Host"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *arguments: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        context.sni_callback = lambda connection, name, context: seen.asked.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    seen.address = Address(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join(5.0)
        server.server_close()


def test_the_name_goes_into_the_handshake_and_the_host_header(tmp_path: Path) -> None:
    made = certified(tmp_path, NAME)
    with https(made.context) as seen:
        address = seen.address.model_copy(update={"server": ServerName(host=NAME, ca_file=made.ca_file)})
        route = HttpRoute(address, RunClock.starting_now(speed=1))
        done = [route.exchange(Request("/", method="GET")) for _ in range(3)]
        route.close()
        answer = ask(address, Request("/", method="GET"), 5.0)
    assert [one.answer.body if one.answer else None for one in done] == [b"ok"] * 3
    assert (answer.status, answer.body) == (200, b"ok")
    assert seen.hosts == [NAME] * 4
    assert set(seen.asked) == {NAME}


def test_a_server_of_another_name_or_authority_is_not_believed(tmp_path: Path) -> None:
    made, other = certified(tmp_path, "other.example.test"), tmp_path / "other"
    other.mkdir()
    with https(made.context) as seen:
        for ca_file in (made.ca_file, certified(other, NAME).ca_file):
            address = seen.address.model_copy(update={"server": ServerName(host=NAME, ca_file=ca_file)})
            route = HttpRoute(address, RunClock.starting_now(speed=1))
            done = route.exchange(Request("/", method="GET"))
            route.close()
            assert (done.answer, done.lost) == (None, "fail")
            with pytest.raises(HarnessError, match="certificate verify failed"):
                ask(address, Request("/", method="GET"), 5.0)
    assert seen.hosts == []


def test_a_server_that_speaks_in_the_clear_is_no_server_over_tls(tmp_path: Path) -> None:
    made = certified(tmp_path, NAME)
    with https(None) as seen:
        address = seen.address.model_copy(update={"server": ServerName(host=NAME, ca_file=made.ca_file)})
        route = HttpRoute(address, RunClock.starting_now(speed=1))
        assert route.exchange(Request("/", method="GET")).answer is None
        route.close()
        named = seen.address.model_copy(update={"server": ServerName(host=NAME, tls=False)})
        route = HttpRoute(named, RunClock.starting_now(speed=1))
        assert route.exchange(Request("/", method="GET")).answer is not None
        route.close()
        assert ask(named, Request("/", method="GET"), 5.0).status == 200
    assert seen.hosts == [NAME] * 2


def test_authorities_that_cannot_be_read_are_said_at_once(tmp_path: Path) -> None:
    address = Address(port=1, server=ServerName(host=NAME, ca_file=str(tmp_path / "none.pem")))
    with pytest.raises(HarnessError, match=r"the authorities in .*none\.pem cannot be read"):
        HttpRoute(address, RunClock.starting_now(speed=1))
    with pytest.raises(HarnessError, match="failed"):
        ask(address, Request("/", method="GET"), 5.0)
