"""The running gateway's HTTP as odd clients speak it, and what it acknowledged after it was killed."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.request import Answer, Request
from tools.live_reference import Service, started

PASSWORD = "made for this test"
READ = "/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues"


@contextlib.contextmanager
def enrolled(data: Path) -> Iterator[Service]:
    with started(data) as service:
        service.target.enroll(Roster((Device(0, "rest", "device-0", 0.0),), ()), [], service.site, password=PASSWORD)
        yield service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for tests that leave it as it was."""
    with enrolled(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Service]:
    """A service whose nodes may be killed."""
    with enrolled(tmp_path) as service:
        yield service


def send(service: Service, request: Request) -> Answer:
    return service.site.ask("gateway", request, 5.0)


def log_in(service: Service) -> Client:
    client = logged_in(service.target.uploader(), device_client("device-0", PASSWORD), partial(send, service))
    assert client is not None
    return client


def spoken(service: Service, raw: bytes, *, then_close: bool = False) -> bytes:
    """Send bytes as they are and return all that comes until the other side closes."""
    address = service.site.sockets["gateway"]
    with socket.create_connection((address.host, address.port), timeout=5.0) as connection:
        connection.sendall(raw)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        while part := connection.recv(65536):
            heard += part
        return heard


def test_two_stray_bytes_after_an_empty_body_disturb_nobody(service: Service) -> None:
    """As share2nightscout-bridge sends them."""
    head = f"POST {READ}?sessionID={log_in(service).session}&minutes=1440&maxCount=1 HTTP/1.1\r\n"
    raw = f'{head}Host: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n""'.encode()
    heard = spoken(service, raw)
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert heard.endswith(b"\r\n\r\n[]")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /app/poll HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}",
        b"POST " + READ.encode() + b"?" + b"a=1&" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_others_go_on(service: Service, raw: bytes) -> None:
    client = log_in(service)
    with contextlib.suppress(ConnectionResetError):
        heard = spoken(service, raw, then_close=True)
        assert heard == b"" or heard.split(b" ")[1][:1] in (b"4", b"5")
    assert send(service, service.target.uploader().read(client)).status == 200


def test_what_was_acknowledged_is_there_after_the_gateway_was_killed(mortal: Service) -> None:
    uploader, client = mortal.target.uploader(), log_in(mortal)
    now_s = int(RunClock.starting_now(speed=1).to_wall_s(0))
    mortal.kill("processor")
    readings = [Reading(now_s - 300 * k, 100 + k) for k in range(50)]
    assert uploader.outcome(send(mortal, uploader.upload(client, readings))) == "ok"
    mortal.kill("gateway")
    for node in ("gateway", "processor"):
        mortal.start(node)
        mortal.wait_ready(node)
    assert uploader.outcome(send(mortal, uploader.upload(client, readings))) == "duplicate"
    limit = Deadline.after(20.0)
    while mortal.target.backlog(mortal.site):
        assert not limit.passed(), "the readings were not stored"
        pause(0.05)
    assert sorted(mortal.target.stored(0, mortal.site), key=lambda one: -one.measured_s) == readings


def test_a_session_survives_and_the_administrator_can_end_it(mortal: Service) -> None:
    client = log_in(mortal)
    mortal.kill("gateway")
    mortal.start("gateway")
    mortal.wait_ready("gateway")
    read = mortal.target.uploader().read(client)
    assert send(mortal, read).status == 200
    revoked = mortal.site.ask("gateway-admin", Request("/sessions/revoke", b"{}"), 5.0)
    assert json.loads(revoked.body) == {"revoked": 1}
    assert json.loads(send(mortal, read).body)["Code"] == "SessionIdNotFound"
