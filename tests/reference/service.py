"""A gateway and a processor over one Env, asked with no socket between, for tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.env import Env
from deadair.reference.http.admission import Admission
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.nodes.processor import Processor
from deadair.reference.settings import Settings
from tests.reference.asgi import ask

SERVICES = "/ShareWebServices/Services"
GENERAL, PUBLISHER, SUBSCRIBER = (f"{SERVICES}/{part}" for part in ("General", "Publisher", "Subscriber"))
SERIAL = "SM00000000"


class Service:
    """With a patient whose receiver is set up, a follower of theirs, and a stranger."""

    def __init__(self, env: Env, settings: Settings | None = None) -> None:
        self.env = env
        self.settings = settings or Settings(account_requests_per_s=None)
        self.begin()
        people = [["patient", "p", SERIAL], ["follower", "f"], ["stranger", "s", SERIAL]]
        self.admin("POST", "/accounts", {"accounts": people, "invitations": [["follower", "patient"]]})

    def begin(self) -> None:
        """Begin the nodes' lives, or new ones over the same databases."""
        self.evidence = EvidenceSender(self.env, self.settings)
        self.gateway = Gateway(
            self.env,
            self.settings,
            Admission(self.settings, self.env.now()),
            self.evidence,
            LowSender(self.env, self.settings),
        )
        self.processor = Processor(self.env, self.settings)

    def paths(self) -> list[str]:
        """Return what the public socket answers POST at."""
        router: Any = self.gateway.apps["gateway"]
        return sorted(path for method, path in router._routes if method == "POST")

    def admin(self, method: str, path: str, body: object = None) -> httpx.Response:
        return ask(self.gateway.apps["gateway-admin"], method, path, json.dumps(body).encode())

    def post(self, path: str, body: object = b"") -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask(self.gateway.apps["gateway"], "POST", path, raw)

    def log_in(self, name: str, password: str) -> httpx.Response:
        body = {"accountName": name, "password": password, "applicationId": "x"}
        return self.post(f"{GENERAL}/LoginPublisherAccountByName", body)

    def login(self, name: str, password: str) -> str:
        return str(self.log_in(name, password).json())

    def upload(self, session: str, *measured_s: int, value: int = 100, serial: str = SERIAL) -> httpx.Response:
        egvs = [{"ST": f"/Date({at * 1000})/", "Value": value, "Trend": 4} for at in measured_s]
        return self.post(f"{PUBLISHER}/PostReceiverEgvRecords?sessionId={session}", {"SN": serial, "Egvs": egvs})

    def read(self, session: str, query: str = "minutes=1440&maxCount=288") -> Any:
        return self.post(f"{PUBLISHER}/ReadPublisherLatestGlucoseValues?sessionID={session}&{query}").json()

    def publisher(self, call: str, session: str, body: object = b"", **query: str) -> httpx.Response:
        return self.post(f"{PUBLISHER}/{call}?{httpx.QueryParams(sessionId=session, **query)}", body)

    def subscriber(self, call: str, session: str, body: object = b"", **query: str) -> httpx.Response:
        return self.post(f"{SUBSCRIBER}/{call}?{httpx.QueryParams(sessionId=session, **query)}", body)

    def subscribe(self, session: str, patient: str = "patient", **more: object) -> httpx.Response:
        body = {"session": session, "patient": patient, "token": "t", "no_data_after_s": 1200, **more}
        return self.post("/app/subscribe", body)

    def poll(self, session: str, follow: object, **more: object) -> httpx.Response:
        return self.post("/app/poll", {"session": session, "follow": follow, **more})

    def store_some(self, room: int | None = None) -> int:
        """Let the processor store one batch, as large as it may be if nothing else is said."""
        return asyncio.run(self.processor.store_some(self.processor.room() if room is None else room))

    def store_all(self) -> None:
        while self.store_some():
            pass
