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

pytestmark = pytest.mark.live

PASSWORD = "made for this test"
READ = "/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with started(tmp_path) as service:
        service.target.enroll(Roster((Device(0, "rest", "device-0", 0.0),), ()), [], service.site, password=PASSWORD)
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


def test_what_was_acknowledged_is_there_after_the_gateway_was_killed(service: Service) -> None:
    uploader, client = service.target.uploader(), log_in(service)
    now_s = int(RunClock.starting_now(speed=1).to_wall_s(0))
    service.kill("processor")
    readings = [Reading(now_s - 300 * k, 100 + k) for k in range(50)]
    assert uploader.outcome(send(service, uploader.upload(client, readings))) == "ok"
    service.kill("gateway")
    for node in ("gateway", "processor"):
        service.start(node)
        service.wait_ready(node)
    assert uploader.outcome(send(service, uploader.upload(client, readings))) == "duplicate"
    limit = Deadline.after(20.0)
    while service.target.backlog(service.site):
        assert not limit.passed(), "the readings were not stored"
        pause(0.05)
    assert sorted(service.target.stored(0, service.site), key=lambda one: -one.measured_s) == readings


def test_a_session_survives_and_the_administrator_can_end_it(service: Service) -> None:
    client = log_in(service)
    service.kill("gateway")
    service.start("gateway")
    service.wait_ready("gateway")
    read = service.target.uploader().read(client)
    assert send(service, read).status == 200
    revoked = service.site.ask("gateway-admin", Request("/sessions/revoke", b"{}"), 5.0)
    assert json.loads(revoked.body) == {"revoked": 1}
    assert json.loads(send(service, read).body)["Code"] == "SessionIdNotFound"
