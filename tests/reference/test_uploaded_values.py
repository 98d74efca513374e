"""What an upload may bring beside sound readings: a sensor's codes, records that are none, and corrections.

None of it holds back what is sound, and none of it is taken for glucose.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from deadair.reference.http.malformed_records import SAY_AGAIN_S
from deadair.reference.http.share_api import Egv, Upload, parse_upload
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import BACKFILL, EVENT, Inbox
from tests.reference.fake_env import FakeEnv
from tests.reference.service import PUBLISHER, SERIAL, Service


def record(measured_s: int, value: object = 100, trend: object = 4) -> dict[str, object]:
    return {"ST": f"Date({measured_s * 1000})", "Value": value, "Trend": trend}


class Device:
    """A patient's uploader, and what became of what it sent."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.session = service.login("patient", "p")
        self.now = int(service.env.now())

    def upload(self, *records: object) -> httpx.Response:
        body = {"SN": SERIAL, "Egvs": list(records)}
        return self.service.post(f"{PUBLISHER}/PostReceiverEgvRecords?sessionId={self.session}", body)

    def code(self, *records: object) -> str:
        """Upload and return the error's code; nothing for success."""
        answer = self.upload(*records)
        return str(answer.json()["Code"]) if answer.content else ""

    def shown(self) -> list[tuple[int, int]]:
        """Return what is readable: by how many seconds each was measured before now, and its value."""
        self.service.store_all()
        rows = self.service.read(self.session)
        return [(self.now - int(row["ST"][5:-4]), row["Value"]) for row in rows]

    def lows(self) -> list[int]:
        """Return the values of the lows that wait to be told."""
        return [low.value for low in self.service.gateway._lows._waiting.values()]

    def stored(self) -> list[Any]:
        self.service.store_all()
        found: list[Any] = self.service.admin("GET", "/stored?account=patient").json()
        return found


@pytest.fixture
def device(service: Service) -> Device:
    return Device(service)


# --- what is no glucose ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*range(39), 5.0, -1, None])
def test_what_a_sensor_says_instead_of_a_value_is_kept_and_shown_to_nobody(device: Device, code: object) -> None:
    assert device.code(record(device.now, code)) == ""
    (waiting,) = Inbox(device.service.env).next(9)
    assert (waiting.kind, waiting.lane, waiting.value_mg_dl) == (EVENT, BACKFILL, int(code or 0))  # type: ignore[call-overload]
    assert device.shown() == []
    assert device.lows() == []
    phone = device.service.login("follower", "f")
    follow = device.service.subscribe(phone).json()["follow"]
    assert device.service.poll(phone, follow).json() == {"reading": None}
    assert device.stored() == [[device.now, int(code or 0)]]  # type: ignore[call-overload]
    assert device.code(record(device.now, code)) == "DuplicateEgvPosted"


@pytest.mark.parametrize("value", [39, 39.0, 1000, 1000.0, 400])
def test_glucose_is_what_is_from_39_to_1000_however_it_is_written(device: Device, value: float) -> None:
    assert device.code(record(device.now, value)) == ""
    assert device.shown() == [(0, int(value))]


def test_a_code_takes_no_reading_away_and_a_reading_no_code(device: Device) -> None:
    device.upload(record(device.now, 120))
    assert device.code(record(device.now, 10)) == ""
    assert device.shown() == [(0, 120)]
    assert device.code(record(device.now, 110), record(device.now, 10)) == ""
    assert device.shown() == [(0, 110)]
    assert sorted(device.stored()) == [[device.now, 10], [device.now, 110]]


def test_codes_are_not_told_of_again_as_lows_after_a_restart(device: Device) -> None:
    device.upload(record(device.now, 10), record(device.now - 1, 45))
    assert device.lows() == [45]
    assert Inbox(device.service.env).fresh_lows(0.0) == [(1, device.now - 1, 45)]


def test_codes_of_an_old_batch_wait_with_the_old_though_a_fresh_upload_is_full(env: FakeEnv) -> None:
    """They are not fresh: a sensor that only fails takes no room that is kept for readings."""
    device = Device(Service(env, Settings(account_requests_per_s=None, backfill_rows_max=2)))
    assert device.code(record(device.now - 5000), record(device.now - 5001)) == ""
    assert device.code(record(device.now, 10)) == "TooManyRequests"
    assert device.code(record(device.now, 100)) == ""


# --- records that are none ------------------------------------------------------------------------------------------

NO_VALUES: tuple[object, ...] = ("100", True, 100.5, 38.9, 1001, -1001, 1e300, 10**30, [100], {})
NO_TRENDS: tuple[object, ...] = (10, -1, 4.5, True, "Sideways", [4])
MALFORMED: list[object] = [
    None, 7, "Date(1)", [], {},
    {"Value": 100, "Trend": 4},
    record(0) | {"ST": "yesterday"}, record(0) | {"ST": 1_000_000_000_000}, record(-1), record(253_402_300_799),
    record(4_102_444_800), record(0) | {"ST": "Date(" + "9" * 16 + ")"},
    {"ST": "Date(1000)", "Trend": 4},
    *(record(1, value) for value in NO_VALUES),
    *(record(1, 100, trend) for trend in NO_TRENDS),
]  # fmt: skip


@pytest.mark.parametrize("wrong", MALFORMED, ids=[json.dumps(one)[:60] for one in MALFORMED])
def test_a_record_that_is_none_holds_nothing_back(device: Device, wrong: object) -> None:
    sound = [record(device.now - 300 * k, 100 + k) for k in range(3)]
    assert device.code(wrong, *sound) == ""
    assert device.shown() == [(0, 100), (300, 101), (600, 102)]
    assert [row["records"] for row in device.service.admin("GET", "/malformed").json()] == [1]
    assert device.code(wrong, *sound) == "DuplicateEgvPosted"
    assert device.code(*sound, wrong, record(device.now + 1)) == ""


def test_an_upload_of_which_no_record_is_sound_is_refused_for_its_uploader_speaks_otherwise(device: Device) -> None:
    answer = device.upload(*MALFORMED)
    assert answer.json()["Code"] == "InvalidArgument"
    assert Inbox(device.service.env).count() == 0
    counted = device.service.admin("GET", "/malformed").json()
    assert {row["account"] for row in counted} == {"patient"}
    assert sum(row["records"] for row in counted) == len(MALFORMED)


def test_malformed_records_are_logged_seldom_and_never_with_what_was_in_them(device: Device, env: FakeEnv) -> None:
    for _ in range(50):
        device.upload(record(device.now, "secret"), record(device.now, "secret"), {"ST": "secret"}, record(device.now))
    said = [facts for event, facts in env.logged if event == "malformed records"]
    assert [facts["so_far"] for facts in said] == [2, 1]
    assert "secret" not in str(env.logged)
    env.now_s += SAY_AGAIN_S
    device.upload(record(device.now, "secret"))
    said = [facts for event, facts in env.logged if event == "malformed records"]
    assert [facts["so_far"] for facts in said] == [2, 1, 101]


@pytest.mark.parametrize("trend", [None, 4.0, "Flat"])
def test_a_trend_may_be_missing_or_a_word(trend: object) -> None:
    (egv,) = parse_upload(json.dumps({"SN": "S", "Egvs": [record(60, 100.0, trend)]}).encode()).egvs
    assert egv == Egv(60, 100, 0 if trend is None else 4)
    assert type(egv.value_mg_dl) is int


def test_an_upload_of_nothing_is_nothing(device: Device) -> None:
    assert parse_upload(b'{"SN": "S", "Egvs": []}') == Upload("S", ())
    assert device.code() == ""


# --- corrections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [False, True])
def test_a_later_value_of_a_moment_takes_the_place_of_the_one_before(device: Device, stored: bool) -> None:
    device.upload(record(device.now, 120), record(device.now - 300, 110))
    if stored:
        device.service.store_all()
    assert device.code(record(device.now, 120)) == "DuplicateEgvPosted"
    assert device.code(record(device.now, 130), record(device.now - 300, 110)) == ""
    assert device.code(record(device.now, 130)) == "DuplicateEgvPosted"
    assert device.shown() == [(0, 130), (300, 110)]
    assert device.code(record(device.now, 130, 5)) == ""
    device.service.store_all()
    assert device.service.read(device.session)[0]["Trend"] == "FortyFiveDown"


@pytest.mark.parametrize("stored", [False, True])
def test_a_low_in_a_correction_is_told(device: Device, stored: bool) -> None:
    device.upload(record(device.now, 120))
    if stored:
        device.service.store_all()
    device.upload(record(device.now, 45))
    assert device.lows() == [45]


def test_of_one_moment_in_one_upload_the_last_value_holds(device: Device) -> None:
    assert device.code(record(device.now, 120), record(device.now, 10), record(device.now, 50)) == ""
    assert device.shown() == [(0, 50)]
    assert device.lows() == [50]
    assert device.code(record(device.now, 120), record(device.now, 50)) == "DuplicateEgvPosted"


def test_a_correction_that_comes_while_the_value_is_being_stored_is_stored_too(device: Device) -> None:
    device.upload(record(device.now, 120))
    inbox = Inbox(device.service.env)
    taken = inbox.next(9)
    device.upload(record(device.now, 130))
    inbox.remove(taken)
    assert device.shown() == [(0, 130)]
