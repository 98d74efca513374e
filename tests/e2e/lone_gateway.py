"""A gateway as a real process, alone, with short limits, and raw sockets to it: for tests with hostile clients."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.roster import Device, Roster
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.admin_http import ask
from deadair.targets.reference import Reference
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site
from tools.live_reference import START_LIMIT_S, free_ports

PASSWORD = "made for this test"
ARRIVE_WITHIN_S = 1.0
CONNECTIONS_MAX = 60
LIMIT_S = 10.0
PROMPT_S = 1.0
NOWHERE = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
POLL = b"POST /app/poll HTTP/1.1\r\nHost: x\r\n"
NOTHING = b'{"Code":"NotFound","Message":"there is nothing at this path"}'


@dataclass(frozen=True, slots=True)
class Gateway:
    """The process, with an account that is logged in."""

    site: Site
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return self.site.sockets["gateway"].port

    def send(self, request: Request) -> Answer:
        return self.site.ask("gateway", request, LIMIT_S)

    def log_in(self) -> str:
        """Log in as the one account there is, and return the session."""
        client = logged_in(Reference().uploader(), device_client("device-0", PASSWORD), self.send)
        assert client is not None
        return client.session

    def open(self, first: bytes = b"") -> socket.socket:
        """Open a connection and say something."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_S)
        with contextlib.suppress(OSError):
            connection.sendall(first)
        return connection

    def say(self, said: bytes, *, then_end: bool = False) -> bytes:
        """Say this on a new connection and return all that comes until the other side closes it."""
        with self.open(said) as connection:
            if then_end:
                connection.shutdown(socket.SHUT_WR)
            return heard(connection)

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.site.data / "log").read_text().splitlines()]


def heard(connection: socket.socket) -> bytes:
    """Return all that comes until the other side closes the connection, within a limit."""
    got = bytearray()
    limit = Deadline.after(LIMIT_S)
    try:
        while part := connection.recv(65_536):
            got += part
            assert not limit.passed()
    except ConnectionResetError:
        pass
    return bytes(got)


def status(answer: bytes) -> int:
    """Return the status of the first answer of these bytes, 0 if there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def code(answer: bytes) -> str:
    """Return the code of a refusal in the API's own form."""
    data = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert set(data) >= {"Code", "Message"}
    return str(data["Code"])


def prompt(service: Gateway) -> None:
    """Another user is answered at once."""
    limit = Deadline.after(PROMPT_S)
    assert service.send(Request("/nowhere", method="GET")).status == 404
    assert not limit.passed()


@contextlib.contextmanager
def lone_gateway(data: Path, **settings: object) -> Iterator[Gateway]:
    """Start it, wait until it is ready, stop it at the end."""
    target = Reference()
    ports = free_ports(3)
    sockets = {name: Address(port=port) for name, port in zip(("gateway", "gateway-admin"), ports, strict=False)}
    site = Site(
        data, 1.0, sockets, sockets, {"gateway→watchdog": Address(port=ports[-1])}, {}, (),
        lambda name, request, limit_s: ask(sockets[name], request, limit_s),
    )  # fmt: skip
    target.build(site)
    file = data / "settings.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deadair.reference", "gateway", "--data", str(data)], stdout=log, stderr=log
        )
    try:
        limit = Deadline.after(START_LIMIT_S)
        while target.why_not_ready("gateway", site):
            assert not limit.passed(), (data / "log").read_text()
            pause(0.02)
        target.enroll(Roster((Device(0, "rest", "device-0", 0.0),), ()), [], site, password=PASSWORD)
        yield Gateway(site, process)
    finally:
        process.terminate()
        try:
            process.wait(LIMIT_S)
        finally:
            process.kill()
            process.wait()
