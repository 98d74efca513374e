"""The gateway takes readings in once and for good, gives them out, and passes evidence on; what it refuses, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.reference import live
from harness.reference.inbox import Inbox
from harness.reference.live import LiveEnv
from harness.reference.settings import Settings
from tests.reference.fake_env import FakeEnv
from tests.reference.service import PUBLISHER, SERIAL, Service

__all__ = ["Service"]


@pytest.fixture
def service(env: FakeEnv) -> Service:
    return Service(env)


def test_what_was_uploaded_is_stored_once_and_read_newest_first(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    assert service.upload(session, now - 300, now).content == b""
    assert service.upload(session, now - 300, now - 600).status_code == 200
    assert service.processor.store_some(service.processor.room()) == 3
    assert service.upload(session, now - 900, now - 300).status_code == 200
    assert [row["ST"] for row in service.read(session)] == [f"Date({(now - k) * 1000})" for k in (0, 300, 600)]
    assert service.admin("GET", "/backlog").json() == {"waiting": 2}
    service.store_all()
    assert service.admin("GET", "/stored?account=patient").json() == [[now - k, 100] for k in (0, 300, 600, 900)]
    assert service.admin("GET", "/backlog").json() == {"waiting": 0}


def test_minutes_and_count_are_clamped_not_refused(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(session, *(now - 60 * k for k in range(300)))
    service.store_all()
    assert len(service.read(session, "minutes=2880&maxCount=576")) == 288
    assert len(service.read(session, "minutes=2880&maxCount=" + "9" * 900)) == 288
    assert service.read(session, "minutes=-5&maxCount=-5") == []
    assert service.read(session, "minutes=-5&maxCount=x")["Code"] == "InvalidArgument"


@pytest.mark.parametrize("session", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_session_is_the_error_clients_renew_upon(service: Service, session: str) -> None:
    answer = service.upload(session, 1)
    assert answer.status_code == 500
    assert answer.json()["Code"] == "SessionIdNotFound"


def malformed(*egvs: bytes) -> bytes:
    return b'{"SN": "SM00000000", "Egvs": [' + b",".join(egvs) + b"]}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"Egvs": 1}',
        b'{"Egvs": []}',
        b'{"SN": "\\ud800", "Egvs": []}',
        malformed(b"1"),
        malformed(b"{}"),
        malformed(b'{"ST": "Date(1)", "Value": NaN}'),
        malformed(b'{"ST": "Date(99999999999999999999)", "Value": 100}'),
        malformed(b'{"ST": "Date(1000)", "Value": true}'),
        malformed(b'{"ST": "Date(1000)", "Value": 100, "Trend": 99}'),
        malformed(*[b'{"ST": "Date(1000)", "Value": 100}'] * 1001),
        b" " * 300_000,
    ],
)
def test_a_malformed_upload_stores_nothing(service: Service, body: bytes) -> None:
    session = service.login("patient", "p")
    answer = service.post(f"{PUBLISHER}/PostReceiverEgvRecords?sessionId={session}", body)
    assert answer.status_code == 500
    assert answer.json()["Code"] == "InvalidArgument"
    assert Inbox(service.env).count() == 0


# --- phones and their evidence ---------------------------------------------------------------------------------------


def test_only_whom_the_family_invited_may_follow(service: Service) -> None:
    assert service.subscribe(service.login("follower", "f")).status_code == 200
    assert service.subscribe(service.login("stranger", "s")).json()["Code"] == "SubscriptionNotFound"


def test_what_a_phone_shows_is_the_evidence_and_an_upload_is_none(service: Service) -> None:
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    now = int(service.env.now())
    service.upload(device, now)
    service.store_all()
    assert service.poll(phone, follow, shown_s=None).json()["reading"]["measured_s"] == now
    assert service.evidence._waiting[follow].confirmed_s == 0
    service.poll(phone, follow, shown_s=now)
    assert service.evidence._waiting[follow].confirmed_s == now


NEVER_SO = [10**12, -1, 0, 1.5, "now", True, [], None]


@pytest.mark.parametrize("shown_s", NEVER_SO)
def test_evidence_that_cannot_be_is_none(service: Service, shown_s: object) -> None:
    phone = service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]
    assert service.poll(phone, follow, shown_s=shown_s).status_code == 200
    assert service.evidence._waiting[follow].confirmed_s == 0


def test_what_the_owner_did_about_an_alarm_is_passed_on_within_bounds(service: Service) -> None:
    phone = service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]

    def told() -> tuple[float, float]:
        waiting = service.evidence._waiting[follow]
        return waiting.acknowledged_s, waiting.snoozed_until_s

    now = service.env.now()
    nonsense: object
    for nonsense in ("now", True, [], -1, None, {}):
        service.poll(phone, follow, acknowledged_s=nonsense, snoozed_until_s=nonsense)
    assert told() == (0, 0)
    service.poll(phone, follow, acknowledged_s=now - 5, snoozed_until_s=now + 60)
    assert told() == (now - 5, now + 60)
    service.poll(phone, follow, acknowledged_s=now - 50, snoozed_until_s=now - 60)
    assert told() == (now - 5, now + 60)
    service.poll(phone, follow, acknowledged_s=1e300, snoozed_until_s=1e300)
    assert told() == (now, now + 7200)


@pytest.mark.parametrize("after_s", [-1, "x", True, 1e9, []])
def test_a_delay_that_is_none_is_refused(service: Service, after_s: object) -> None:
    answer = service.subscribe(service.login("follower", "f"), no_data_after_s=after_s)
    assert answer.json()["Code"] == "InvalidArgument"


def test_a_delay_of_nothing_switches_the_alert_off_and_none_is_the_services_own(service: Service) -> None:
    phone = service.login("follower", "f")
    for said, kept in ((0, 0), (77.5, 77.5), (None, 1200)):
        follow = service.subscribe(phone, no_data_after_s=said).json()["follow"]
        assert service.evidence._waiting[follow].no_data_after_s == kept


# --- lanes and limits ------------------------------------------------------------------------------------------------


def test_fresh_readings_go_before_older_ones(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(session, *(now - 7200 - 300 * k for k in range(10)))
    service.upload(session, now)
    assert [row.measured_s for row in Inbox(service.env).next(2)] == [now, now - 7200]


def test_backfill_is_refused_when_too_much_waits_and_fresh_readings_only_later(env: FakeEnv) -> None:
    service = Service(env, Settings(backfill_rows_max=5, account_requests_per_s=None))
    session = service.login("patient", "p")
    now = int(env.now())
    refused = service.upload(session, *(now - 7200 - 300 * k for k in range(6)))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["Code"] == "TooManyRequests"
    assert service.upload(session, *(now - 7200 - 300 * k for k in range(5))).status_code == 200
    assert service.upload(session, *(now - k for k in range(5))).status_code == 200
    assert service.upload(session, now - 10).status_code == 429
    service.store_all()
    env.now_s += 60
    assert service.upload(session, now - 10).status_code == 200


def test_what_was_posted_before_needs_no_room(env: FakeEnv) -> None:
    service = Service(env, Settings(backfill_rows_max=5))
    session = service.login("patient", "p")
    old = [int(env.now()) - 7200 - 300 * k for k in range(5)]
    assert service.upload(session, *old).status_code == 200
    assert service.upload(session, *old).json()["Code"] == "DuplicateEgvPosted"


@pytest.mark.parametrize(
    "settings", [Settings(gateway_requests_per_s=5.0, account_requests_burst=10.0), Settings(account_requests_burst=10)]
)
def test_whoever_hammers_is_refused_and_nobody_else(env: FakeEnv, settings: Settings) -> None:
    service = Service(env, settings)
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    answers = [service.poll(phone, follow).status_code for _ in range(30)]
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


# --- clocks that are ahead -------------------------------------------------------------------------------------------


def test_a_reading_from_the_future_is_kept_but_never_shown_not_even_when_its_time_has_come(env: FakeEnv) -> None:
    service = Service(env)
    device, phone = service.login("patient", "p"), service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]
    now = int(env.now())
    service.upload(device, now)
    assert service.upload(device, now + 3600).content == b""
    service.store_all()
    assert service.admin("GET", "/skewed").json() == [{"account": "patient", "ahead_s": 3600}]
    for _ in range(3):
        assert service.poll(phone, follow, shown_s=now + 3600).json()["reading"]["measured_s"] == now
        assert [row["ST"] for row in service.read(device)] == [f"Date({now * 1000})"]
        env.now_s += 1200
    assert service.evidence._waiting[follow].confirmed_s <= env.now_s
    assert service.admin("GET", "/stored?account=patient").json() == [[now + 3600, 100], [now, 100]]


def test_once_the_clock_is_right_the_same_stamps_are_new_readings(env: FakeEnv) -> None:
    service = Service(env)
    device = service.login("patient", "p")
    now = int(env.now())
    service.upload(device, now + 3600, value=200)
    assert service.upload(device, now + 3600, value=200).json()["Code"] == "DuplicateEgvPosted"
    service.store_all()
    env.now_s += 3600
    assert service.upload(device, now + 3600, value=90).status_code == 200
    service.store_all()
    assert [row["Value"] for row in service.read(device)] == [90]
    assert sorted(service.admin("GET", "/stored?account=patient").json()) == [[now + 3600, 90], [now + 3600, 200]]
    assert service.admin("GET", "/skewed").json() == []


def test_a_clock_that_is_a_little_ahead_is_nothing_to_speak_of(service: Service) -> None:
    device = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(device, now + 300)
    service.store_all()
    assert len(service.read(device)) == 1
    assert service.admin("GET", "/skewed").json() == []


def test_readings_from_the_future_do_not_go_before_fresh_ones(service: Service) -> None:
    device = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(device, now + 3600, now, now - 7200)
    assert [row.measured_s for row in Inbox(service.env).next(1)] == [now]


# --- databases that fail ---------------------------------------------------------------------------------------------


def told_to_wait(answer: Any) -> bool:
    return (
        answer.status_code == 503
        and answer.json()["TypeName"] == "FaultException"
        and answer.json()["Code"] == "ServiceUnavailable"
        and int(answer.headers["Retry-After"]) > 0
    )


def test_a_full_disk_is_told_in_the_apis_own_form_and_passes(service: Service) -> None:
    device = service.login("patient", "p")
    now = int(service.env.now())
    database = service.env.database("inbox")
    most = database.execute("PRAGMA max_page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
    stamps = [now - k for k in range(600)]
    assert told_to_wait(service.upload(device, *stamps))
    assert Inbox(service.env).count() == 0
    database.execute(f"PRAGMA max_page_count={most}")
    assert service.upload(device, *stamps).status_code == 200
    assert Inbox(service.env).count() == 600


def test_a_database_that_somebody_keeps_locked_is_waited_for_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOCKED_LIMIT_S", 0.1)
    service = Service(LiveEnv(tmp_path, Settings(password_memory_kib=8, password_passes=1)))
    device = service.login("patient", "p")
    now = int(service.env.now())
    holder = service.env.database("inbox")
    holder.execute("BEGIN IMMEDIATE")
    assert told_to_wait(service.upload(device, now))
    holder.rollback()
    assert service.upload(device, now, serial=SERIAL).status_code == 200
    holder.close()
