"""The gateway's answers: what clients branch on, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from harness.reference.admission import Admission
from harness.reference.evidence import EvidenceSender
from harness.reference.gateway import Gateway
from harness.reference.inbox import Inbox
from harness.reference.processor import Processor
from harness.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv

SERVICES = "/ShareWebServices/Services"


class Service:
    """A gateway and a processor over one Env, with a patient, a follower of theirs and a stranger."""

    def __init__(self, env: FakeEnv, settings: Settings | None = None) -> None:
        self.env = env
        self.settings = settings or Settings()
        self.evidence = EvidenceSender(env, self.settings)
        self.gateway = Gateway(env, self.settings, Admission(self.settings, env.now()), self.evidence)
        self.processor = Processor(env, self.settings)
        people = [["patient", "p"], ["follower", "f"], ["stranger", "s"]]
        self.admin("POST", "/accounts", {"accounts": people, "invitations": [["follower", "patient"]]})

    def admin(self, method: str, path: str, body: object = None) -> httpx.Response:
        return ask(self.gateway.apps["gateway-admin"], method, path, json.dumps(body).encode())

    def post(self, path: str, body: object) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask(self.gateway.apps["gateway"], "POST", path, raw)

    def login(self, name: str, password: str) -> str:
        body = {"accountName": name, "password": password, "applicationId": "x"}
        return str(self.post(f"{SERVICES}/General/LoginPublisherAccountByName", body).json())

    def upload(self, session: str, *measured_s: int) -> httpx.Response:
        egvs = [{"ST": f"/Date({at * 1000})/", "Value": 100, "Trend": 4} for at in measured_s]
        return self.post(f"{SERVICES}/Publisher/PostReceiverEgvRecords?sessionId={session}", {"Egvs": egvs})

    def read(self, session: str, query: str = "minutes=1440&maxCount=288") -> Any:
        return self.post(
            f"{SERVICES}/Publisher/ReadPublisherLatestGlucoseValues?sessionID={session}&{query}", b""
        ).json()

    def subscribe(self, session: str, patient: str = "patient") -> httpx.Response:
        body = {"session": session, "patient": patient, "token": "t", "no_data_after_s": 1200}
        return self.post("/app/subscribe", body)


@pytest.fixture
def service(env: FakeEnv) -> Service:
    return Service(env)


def test_what_was_uploaded_is_stored_once_and_read_newest_first(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    assert service.upload(session, now - 300, now).content == b""
    assert service.upload(session, now - 300).status_code == 200
    assert service.processor.store_some(service.processor.room()) == 3
    assert [row["ST"] for row in service.read(session)] == [f"Date({now * 1000})", f"Date({(now - 300) * 1000})"]
    assert service.admin("GET", "/stored?account=patient").json() == [[now, 100], [now - 300, 100]]
    assert service.admin("GET", "/backlog").json() == {"waiting": 0}


def test_minutes_and_count_are_clamped_not_refused(service: Service) -> None:
    session = service.login("patient", "p")
    assert service.read(session, "minutes=2880&maxCount=576") == []
    assert service.read(session, "minutes=-5&maxCount=x")["Code"] == "InvalidArgument"


@pytest.mark.parametrize("session", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_session_is_the_error_clients_renew_upon(service: Service, session: str) -> None:
    answer = service.upload(session, 1)
    assert answer.status_code == 500
    assert answer.json()["Code"] == "SessionIdNotFound"


@pytest.mark.parametrize(("name", "password"), [("patient", "x"), ("nobody", "p")])
def test_a_wrong_name_and_a_wrong_password_look_alike(service: Service, name: str, password: str) -> None:
    body = {"accountName": name, "password": password}
    answer = service.post(f"{SERVICES}/General/LoginPublisherAccountByName", body)
    assert answer.json()["Code"] == "AccountPasswordInvalid"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"Egvs": 1}',
        b'{"Egvs": [1]}',
        b'{"Egvs": [{}]}',
        b'{"Egvs": [{"ST": "Date(1)", "Value": NaN}]}',
        b'{"Egvs": [{"ST": "Date(99999999999999999999)", "Value": 100}]}',
        b'{"Egvs": [{"ST": "Date(1000)", "Value": true}]}',
        b'{"Egvs": [{"ST": "Date(1000)", "Value": 100, "Trend": 99}]}',
        b'{"Egvs": [' + b'{"ST": "Date(1000)", "Value": 100},' * 1000 + b'{"ST": "Date(1000)", "Value": 100}]}',
        b" " * 300_000,
    ],
)
def test_a_malformed_upload_stores_nothing(service: Service, body: bytes) -> None:
    session = service.login("patient", "p")
    answer = service.post(f"{SERVICES}/Publisher/PostReceiverEgvRecords?sessionId={session}", body)
    assert answer.status_code == 500
    assert answer.json()["Code"] == "InvalidArgument"
    assert Inbox(service.env).count() == 0


def test_only_whom_the_family_invited_may_follow(service: Service) -> None:
    assert service.subscribe(service.login("follower", "f")).status_code == 200
    assert service.subscribe(service.login("stranger", "s")).json()["Code"] == "SubscriptionNotFound"


def test_nobody_polls_another_phones_follow(service: Service) -> None:
    follow = service.subscribe(service.login("follower", "f")).json()["follow"]
    for number in (follow, -1, 10**12, None, "1", 1.0, True):
        answer = service.post("/app/poll", {"session": service.login("stranger", "s"), "follow": number})
        assert answer.json()["Code"] == "SubscriptionNotFound"


def test_what_a_phone_shows_is_the_evidence_and_an_upload_is_none(service: Service) -> None:
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    now = int(service.env.now())
    service.upload(device, now)
    service.processor.store_some(service.processor.room())
    service.post("/app/poll", {"session": phone, "follow": follow, "shown_s": None})
    assert service.evidence._waiting[follow].confirmed_s == 0
    service.post("/app/poll", {"session": phone, "follow": follow, "shown_s": now})
    assert service.evidence._waiting[follow].confirmed_s == now


@pytest.mark.parametrize("shown_s", [10**12, -1, 0, 1.5, "now", True, []])
def test_evidence_that_cannot_be_is_none(service: Service, shown_s: object) -> None:
    phone = service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]
    service.post("/app/poll", {"session": phone, "follow": follow, "shown_s": shown_s})
    assert service.evidence._waiting[follow].confirmed_s == 0


def test_fresh_readings_go_before_older_ones(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(session, *(now - 7200 - 300 * k for k in range(10)))
    service.upload(session, now)
    assert [row.measured_s for row in service.processor._choose(Inbox(service.env), 2)] == [now, now - 7200]


def test_backfill_is_refused_when_too_much_waits_and_fresh_readings_are_not(env: FakeEnv) -> None:
    service = Service(env, Settings(backfill_rows_max=5))
    session = service.login("patient", "p")
    now = int(env.now())
    refused = service.upload(session, *(now - 7200 - 300 * k for k in range(6)))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert service.upload(session, now).status_code == 200


def test_whoever_hammers_is_refused_and_nobody_else(env: FakeEnv) -> None:
    service = Service(env, Settings(gateway_requests_per_s=5.0))
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    answers = [service.post("/app/poll", {"session": phone, "follow": follow}).status_code for _ in range(30)]
    assert answers.count(429) >= 20
    assert service.upload(device, int(env.now())).status_code == 200


def test_the_store_gets_all_of_its_capacity_however_seldom_it_looks(env: FakeEnv) -> None:
    """It was given a second of its own clock to save up, which is a minute of real life only when compressed by 60."""
    service = Service(env, Settings(store_rows_per_s=10.0, drain_every_s=2.0))
    session = service.login("patient", "p")
    processor, now = service.processor, int(env.now())
    for first in (0, 900, 1800):
        service.upload(session, *(now - k for k in range(first, first + 900)))
    while processor.store_some(processor.room()):
        pass  # what could be saved up before
    stored = 0
    for _ in range(10):
        env.now_s += 2.0
        stored += processor.store_some(processor.room())
    assert stored == 200


def test_the_store_takes_no_more_than_its_capacity(env: FakeEnv) -> None:
    service = Service(env, Settings(store_rows_per_s=10.0, capacity_burst_s=1.0))
    session = service.login("patient", "p")
    now = int(env.now())
    service.upload(session, *(now - k for k in range(100)))
    assert service.processor.store_some(service.processor.room()) == 10
    assert service.processor.store_some(service.processor.room()) == 0
    env.now_s += 0.5
    assert service.processor.store_some(service.processor.room()) == 5
