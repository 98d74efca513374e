"""The gateway takes readings in once and for good and gives them out; what it refuses, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deadair.reference.running import live
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox
from tests.reference.fake_env import FakeEnv
from tests.reference.service import PUBLISHER, SERIAL, Service


def test_what_was_uploaded_is_stored_once_and_read_newest_first(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    assert service.upload(session, now - 300, now).content == b""
    assert service.upload(session, now - 300, now - 600).status_code == 200
    assert service.store_some() == 3
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
