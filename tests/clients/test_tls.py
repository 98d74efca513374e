"""The service over TLS: as without it for whoever speaks it, within the same limits for whoever does not get so far."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address, ServerName
from deadair.reference.running.tls import make_certificate
from deadair.targets.admin_http import ask
from deadair.targets.request import Request
from tests.e2e.lone_gateway import (
    ARRIVE_WITHIN_S,
    CONNECTIONS_MAX,
    LIMIT_S,
    NOTHING,
    NOWHERE,
    POLL,
    PROMPT_S,
    Gateway,
    code,
    heard,
    lone_gateway,
    status,
)
from tools.up_process import PROGRAM, up_process

pytestmark = pytest.mark.live


class SecureGateway:
    """A gateway that speaks TLS, and who trusts its authority."""

    def __init__(self, gateway: Gateway, ca_file: Path) -> None:
        self.plain = gateway
        self.context = ssl.create_default_context(cafile=str(ca_file))

    def open(self, first: bytes = b"") -> ssl.SSLSocket:
        secure = self.context.wrap_socket(self.plain.open(), server_hostname="localhost")
        secure.sendall(first)
        return secure

    def failures(self) -> list[str]:
        """Return what the log calls a failure."""
        return [line["event"] for line in self.plain.log() if "failed" in line["event"]]

    def prompt(self) -> None:
        """Another user is answered at once."""
        limit = Deadline.after(PROMPT_S)
        with self.open(NOWHERE) as one:
            answered(one)
        assert not limit.passed()


def answered(one: ssl.SSLSocket) -> None:
    """See the answer to a request for nothing come whole."""
    got = b""
    while not got.endswith(NOTHING):
        part = one.recv(4096)
        assert part, got
        got += part


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    certificate, ca_file = make_certificate(folder / "tls", [])
    with lone_gateway(
        folder, arrive_within_s=ARRIVE_WITHIN_S, connections_max=CONNECTIONS_MAX, tls_certificate=str(certificate)
    ) as plain:
        yield SecureGateway(plain, ca_file)


def closed(connection: socket.socket, within_s: float) -> None:
    """See a connection closed by the other side within this time."""
    connection.settimeout(within_s)
    with contextlib.suppress(ConnectionResetError):
        assert connection.recv(1) == b""


def test_several_requests_on_one_connection_are_answered(gateway: SecureGateway) -> None:
    with gateway.open() as one:
        for _ in range(3):
            one.sendall(NOWHERE)
            answered(one)


def test_whoever_sends_the_request_with_the_end_of_the_handshake_is_answered(gateway: SecureGateway) -> None:
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = gateway.context.wrap_bio(ours, theirs, server_hostname="localhost")
    with gateway.plain.open() as raw:
        raw.settimeout(LIMIT_S)
        while True:
            try:
                end.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(theirs.read())
                ours.write(raw.recv(65_536))
        end.write(NOWHERE)
        raw.sendall(theirs.read())  # the last of the handshake and the request, in one piece
        got = b""
        while not got.endswith(NOTHING):
            ours.write(raw.recv(65_536))
            with contextlib.suppress(ssl.SSLWantReadError):
                got += end.read(4096)


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01"], ids=["silent", "half a record"])
def test_whoever_never_ends_the_handshake_is_closed_in_the_time_of_a_request(
    gateway: SecureGateway, first: bytes
) -> None:
    with gateway.plain.open(first) as slow:
        closed(slow, ARRIVE_WITHIN_S + 3.0)


def test_whoever_speaks_no_tls_is_closed_and_the_log_says_nothing_of_it(gateway: SecureGateway) -> None:
    for said in (NOWHERE, os.urandom(64), b"\n" * 3000):
        with gateway.plain.open(said) as plain:
            closed(plain, ARRIVE_WITHIN_S + 3.0)
    gateway.prompt()
    assert gateway.failures() == []


def test_handshakes_in_great_number_keep_nobody_out(gateway: SecureGateway) -> None:
    files = gateway.plain.open_files()
    slow = [gateway.plain.open(b"\x16\x03\x01") for _ in range(3 * CONNECTIONS_MAX)]
    for one in slow:
        gateway.prompt()
        assert gateway.plain.open_files() <= files + CONNECTIONS_MAX + 2
        one.close()


def test_whoever_breaks_off_leaves_nothing_behind(gateway: SecureGateway) -> None:
    files = gateway.plain.open_files()
    for said in (b"", b"\x16\x03\x01\x02\x00"):
        for _ in range(20):
            with gateway.plain.open(said) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # a reset
    for _ in range(20):
        gateway.open(NOWHERE).close()
    limit = Deadline.after(LIMIT_S)
    while gateway.plain.open_files() > files:
        assert not limit.passed(), "connections are kept for ever"
        pause(0.05)
    assert gateway.failures() == []


def test_whoever_dribbles_is_told_that_it_took_too_long(gateway: SecureGateway) -> None:
    with gateway.open(POLL + b"Content-Length: 100\r\n\r\n{") as slow:
        slow.settimeout(ARRIVE_WITHIN_S + 3.0)
        got = heard(slow)
    assert (status(got), code(got)) == (408, "RequestTimeout")


def test_the_administrators_socket_stays_in_the_clear(gateway: SecureGateway) -> None:
    assert gateway.plain.site.ask("gateway-admin", Request("/readyz", method="GET"), LIMIT_S).status == 200


@contextlib.contextmanager
def up(data: Path, *options: str) -> Iterator[dict[str, object]]:
    """Run the whole service; yield what it says when it is ready."""
    data.mkdir(exist_ok=True)
    command = [*PROGRAM, "up", "--data", str(data), *options]
    with up_process(command, data / "log", {}, end_limit_s=LIMIT_S) as (_, line):
        yield line


def test_up_makes_a_certificate_and_says_so(tmp_path: Path) -> None:
    with up(tmp_path, "--tls", "share.example") as line:
        ca_file = str(line["ca_file"])
        for url, path, name in (("share_url", "/nowhere", "share.example"), ("status_url", "/", "localhost")):
            scheme, _, place = str(line[url]).partition("://")
            assert scheme == "https"
            host, _, port = place.partition(":")
            address = Address(host=host, port=int(port), server=ServerName(host=name, ca_file=ca_file))
            assert ask(address, Request(path, method="GET"), LIMIT_S).status in (200, 404)
        assert str(line["admin_url"]).startswith("http://")


@pytest.mark.parametrize("command", [["up"], ["gateway"]])
def test_a_certificate_that_cannot_be_used_is_a_wrong_configuration(tmp_path: Path, command: list[str]) -> None:
    sockets = {"gateway": 1025, "gateway-admin": 1026} if command == ["gateway"] else {}
    routes = {"gateway→watchdog": "127.0.0.1:1027"} if command == ["gateway"] else {}
    settings = {"tls_certificate": str(tmp_path / "none.pem"), "sockets": sockets, "routes": routes}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [*PROGRAM, *command, "--data", str(tmp_path)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    line = done.stderr.splitlines()[-1]
    assert json.loads(line)["why"].startswith(f"tls_certificate: {tmp_path / 'none.pem'} cannot be used")


def test_whose_a_request_is_is_seen_through_tls(tmp_path: Path) -> None:
    """Log-ins are limited by address: over TLS callers have addresses too."""
    certificate, ca_file = make_certificate(tmp_path / "tls", [])
    few: dict[str, object] = {"proxies": [], "log_ins_per_address_per_s": 0.001, "log_ins_per_address_burst": 2.0}
    body = json.dumps({"accountName": "nobody", "password": "x"}).encode()
    path = b"/ShareWebServices/Services/General/LoginPublisherAccountByName"
    said = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (path, len(body)) + body
    with lone_gateway(tmp_path / "data", tls_certificate=str(certificate), **few) as plain:
        context = ssl.create_default_context(cafile=str(ca_file))

        def log_in(source: str) -> int:
            raw = socket.create_connection(("127.0.0.1", plain.port), timeout=LIMIT_S, source_address=(source, 0))
            with context.wrap_socket(raw, server_hostname="localhost") as one:
                one.sendall(said)
                return status(heard(one))

        statuses = [log_in("127.0.0.1") for _ in range(4)]
        assert statuses[-1] == 429
        assert log_in("127.0.0.2") == 500
