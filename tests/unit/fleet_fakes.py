"""A follow service of a hundred lines, its uploader and its app, for tests of the fleet's processes.

Run as a program it is the fleet's process with that target: ``python -m tests.unit.fleet_fakes RUN_FOLDER``.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, cast

from deadair.model.alert_path import AlertPath
from deadair.model.clock import pause
from deadair.model.environment import Address
from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.app import (
    Answered,
    Dismiss,
    Effect,
    Event,
    Noted,
    PollDue,
    Present,
    Pushed,
    Send,
    SetTimer,
    ShowScreen,
    TimerFired,
)
from deadair.targets.handed_on import NOTHING, HandedOn
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target

PASSWORD = "not a secret"


def said(answer: Answer) -> dict[str, Any]:
    """Read an answer of the service."""
    return cast(dict[str, Any], json.loads(answer.body)) if answer.status == 200 else {}


def asking(path: str, **body: Any) -> Request:
    """Make a request of the service."""
    return Request(path, json.dumps(body).encode())


class FakeUploader:
    batch_readings_max = 50
    queue_readings_max = 288

    def login(self, client: Client) -> Request | None:
        return None if client.session else asking("/login", account=client.account, password=client.password)

    def session(self, client: Client, answer: Answer) -> str | None:
        return said(answer).get("session")

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        made = [[one.measured_s, one.value_mg_dl] for one in readings]
        return asking("/upload", session=client.session, readings=made)

    def outcome(self, answer: Answer) -> Literal["ok", "duplicate", "fail", "login"]:
        if answer.status == 403:
            return "login"
        return "fail" if answer.status != 200 else "duplicate" if said(answer)["duplicate"] else "ok"

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        return None

    def read(self, client: Client) -> Request:
        return asking("/read", session=client.session)


@dataclass(frozen=True)
class FakeApp:
    """Shows what it polls, rings when pushed or when its timer fires. ``defects``: ``crash`` at the second poll."""

    speed: float
    defects: tuple[str, ...]

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        return (phone, 0), (ShowScreen("blank", None),)

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        phone, polls = state
        match event:
            case PollDue():
                if "crash" in self.defects and polls == 1:
                    raise RuntimeError("the app fell over")
                poll = asking("/poll", patient=f"device-{phone.patient}")
                return (phone, polls + 1), (Send("poll", poll, poll=True),)
            case Answered(_, answer) if said(answer).get("newest"):
                newest = Reading(*said(answer)["newest"])
                rings_s = newest.measured_s + phone.no_data_after_us / self.speed / 1e6
                return state, (ShowScreen("current", newest), Dismiss("alarm"), SetTimer(rings_s))
            case Pushed(data):
                path = data["path"]
                what: Literal["alarm", "notice"] = "notice" if data["kind"] == "notice" else "alarm"
                return state, (Noted(path, "presented"), Present(what, path, None))
            case TimerFired():
                return state, (Present("alarm", "phone_timer", None),)
            case _:
                return state, ()


ALERT_PATHS = (
    AlertPath("service_push", whose="service", through_gateway=True),
    AlertPath("sentinel_push", whose="service", through_gateway=True),
    AlertPath("phone_timer", whose="phone", through_gateway=False),
)


@dataclass(frozen=True)
class FakeTarget:
    name: str = "fake"
    folder: Path | None = None
    sha256: str = ""
    status_socket: str | None = "status"
    sockets: tuple[str, ...] = ("gateway", "status")
    alert_paths: tuple[AlertPath, ...] = ALERT_PATHS
    channels: tuple[ChannelSpec, ...] = (ChannelSpec(channel="fcm"),)

    def uploader(self) -> Uploader:
        return FakeUploader()

    def app(self, *, speed: float, defects: tuple[str, ...]) -> FakeApp | None:
        return None if "no-app" in defects else FakeApp(speed, defects)

    def handed_on(self) -> HandedOn:
        return NOTHING

    def status_request(self) -> Request:
        return Request("/status", method="GET")

    def incident(self, answer: Answer) -> bool | None:
        return said(answer).get("incident")


@dataclass
class FakeService:
    """What the server knows, and how it is to behave. ``shed``: how many uploads to refuse with a Retry-After."""

    address: Address
    stored: dict[str, dict[int, int]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    shed: int = 0
    incident: bool = False
    stalled: bool = False
    forget_sessions: int = 0
    alert: str | None = None
    closed: bool = False

    def answer(self, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self.seen.append(path)
        if path == "/status":
            return 200, {"incident": self.incident}
        if path == "/login":
            return (200, {"session": body["account"]}) if body["password"] == PASSWORD else (403, {})
        if path == "/poll":
            known = self.stored.get(body["patient"])
            return 200, {"newest": max(known.items()) if known else None, "alert": self.alert}
        if path == "/upload" and self.shed > 0:
            self.shed -= 1
            return 429, {}
        if path == "/upload" and self.forget_sessions > 0:
            self.forget_sessions -= 1
            return 403, {}
        known = self.stored.setdefault(body["session"], {})
        before = len(known)
        known |= dict(body.get("readings", []))
        return 200, {"duplicate": path == "/upload" and len(known) == before}


@contextmanager
def serving() -> Iterator[FakeService]:
    """Run the service on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            while service.stalled:
                pause(0.02)
            status, answer = service.answer(self.path, body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0.3")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            self.close_connection = self.close_connection or service.closed

        do_GET = do_POST  # noqa: N815 - the server's naming

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: Any, client_address: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    service = FakeService(Address(port=server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        service.stalled, service.closed = False, True
        server.shutdown()
        server.server_close()
        thread.join(5.0)


TARGETS = {"fake": cast(Target, FakeTarget())}

if __name__ == "__main__":
    from deadair.fleet.process.locustfile import main

    sys.exit(main(sys.argv[1:], TARGETS))
