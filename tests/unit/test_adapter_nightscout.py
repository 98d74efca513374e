"""How Nightscout is spoken to: what is asked of it, and what its answers mean, whatever they are."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.nightscout import NightscoutApi
from deadair.targets.request import Answer

API = NightscoutApi()
DEVICE = device_client("device-0", "the-secret-of-the-site")
PHONE = Client("phone-1", "the-secret-of-the-site", "device-0", token="phone-token-1")
SECRET = ("api-secret", hashlib.sha1(b"the-secret-of-the-site").hexdigest())  # noqa: S324 - Nightscout's own
STORED = {
    "_id": "6b0b4e48adf077a317806970", "type": "sgv", "sgv": 121, "date": 1795903038000,
    "dateString": "2026-11-28T21:57:18.000Z", "direction": "Flat", "device": "device-0", "utcOffset": 0,
    "sysTime": "2026-11-28T21:57:18.000Z",
}  # fmt: skip
"""An entry as Nightscout 0.12.8 answered."""


def answer(said: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(said).encode())


def test_a_device_hands_entries_in_with_the_secret_and_without_a_log_in() -> None:
    request = API.upload(DEVICE, [Reading(1795903028, 120), Reading(1795903038, 121)])
    assert (request.method, request.path, request.headers) == ("POST", "/api/v1/entries.json", (SECRET,))
    entries = json.loads(request.body)
    assert [(entry["type"], entry["sgv"], entry["date"]) for entry in entries] == [
        ("sgv", 120, 1795903028000),
        ("sgv", 121, 1795903038000),
    ]
    assert entries[1]["dateString"] == STORED["dateString"]
    assert API.login(DEVICE) is None


def test_a_phone_asks_for_the_newest_entry_and_shows_it() -> None:
    request = API.poll(PHONE)
    assert (request.method, request.path, request.headers) == ("GET", "/api/v1/entries.json?count=1", (SECRET,))
    assert API.newest(answer([STORED])) == Reading(1795903038, 121)
    assert API.newest(answer([])) is None


@pytest.mark.parametrize(("status", "outcome"), [(200, "ok"), (201, "ok"), (401, "fail"), (500, "fail"), (502, "fail")])
def test_what_an_answer_to_an_upload_means(status: int, outcome: str) -> None:
    assert API.outcome(Answer(status, b"")) == outcome


@pytest.mark.parametrize(
    "said",
    [
        {"status": 401, "message": "Unauthorized"}, [7], [None], [{"date": "soon", "sgv": 7}], [{"date": 1}],
        [{**STORED, "sgv": "120"}], [{**STORED, "sgv": True}], [{**STORED, "date": None}], "x", None, 7,
    ],
)  # fmt: skip
def test_an_answer_without_a_reading_shows_nothing(said: Any) -> None:
    assert API.newest(answer(said)) is None


def test_an_error_shows_nothing_whatever_stands_in_it() -> None:
    assert API.newest(answer([STORED], status=500)) is None


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_makes_it_raise(status: int, body: bytes) -> None:
    assert API.newest(Answer(status, body)) is None
    assert API.outcome(Answer(status, body)) in ("ok", "fail")
