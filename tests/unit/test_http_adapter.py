"""The adapter ``http``: requests of templates, answers by pointers, and sections that cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.http import HttpAdapter
from deadair.targets.adapters.http_section import HttpSection, templates
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.request import Answer, Request

DEVICE, PHONE = device_client("dev ice/1", "pä:ss"), Client("phone-1", "secret", patient="device-1", token="token-1")
READINGS = [Reading(1700000000, 100), Reading(1700000300, 90)]
SMALL: dict[str, Any] = {
    "upload": {"path": "/r", "body": "{readings}", "reading": {"t": "{measured_s}", "v": "{value_mg_dl}"}},
    "poll": {"path": "/r/{patient}", "measured": "/t", "value": "/v"},
}


def http(**changed: Any) -> HttpAdapter:
    return HttpAdapter(HttpSection.model_validate({**SMALL, **changed}), {"secret.KEY": "k", "speed": "1"})


def said(body: object, status: int = 200) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_small_service_needs_few_words() -> None:
    adapter = http()
    assert adapter.login(DEVICE) is None
    upload = adapter.upload(DEVICE, READINGS)
    assert (upload.method, upload.path, upload.headers) == ("POST", "/r", ())
    assert json.loads(upload.body) == [{"t": 1700000000, "v": 100}, {"t": 1700000300, "v": 90}]
    assert adapter.poll(PHONE) == Request("/r/device-1", method="GET")
    assert adapter.newest(said([{"t": 1, "v": 2}, {"t": 9, "v": 8}, {"t": 5, "v": 4}])) == Reading(9, 8)
    assert adapter.newest(said({"t": 1, "v": 2.4})) == Reading(1, 2)


def test_everything_is_put_in_where_it_stands() -> None:
    adapter = http(
        headers={"X-Key": "{secret.KEY}"},
        upload={
            "method": "PUT", "path": "/a/{account}?p={password}", "headers": {"Authorization": "Bearer {session}"},
            "body": {"who": "I am {account}", "all": "{readings}", "n": 7, "f": None, "speed": "{speed}"},
            "reading": [{"ms": "{measured_ms}", "at": "{measured_iso}"}, "{value_mg_dl} mg/dL"],
        },
    )  # fmt: skip
    upload = adapter.upload(DEVICE._replace(session="s1"), READINGS[:1])
    assert (upload.method, upload.path) == ("PUT", "/a/dev%20ice%2F1?p=p%C3%A4%3Ass")
    assert upload.headers == (("X-Key", "k"), ("Authorization", "Bearer s1"))
    assert json.loads(upload.body) == {
        "who": "I am dev ice/1", "n": 7, "f": None, "speed": "1",
        "all": [[{"ms": 1700000000000, "at": "2023-11-14T22:13:20.000Z"}, "100 mg/dL"]],
    }  # fmt: skip


def test_one_reading_a_request_and_a_form() -> None:
    adapter = http(upload={"path": "/r", "batch": 1, "form": {"a": "{account}", "t": "{measured_s}"}, "reading": None})
    assert adapter.batch_readings_max == 1
    upload = adapter.upload(DEVICE, READINGS[:1])
    assert upload.body == b"a=dev+ice%2F1&t=1700000000"
    assert upload.headers == (("Content-Type", "application/x-www-form-urlencoded"),)


def test_a_log_in_takes_the_steps_that_are_written() -> None:
    steps = [
        {"path": "/id", "body": {"name": "{account}"}, "session": "/id"},
        {
            "path": "/open/{session}",
            "body": {"password": "{password}"},
            "session": {"at": "/says", "matches": "key=(\\w+)"},
        },
    ]
    adapter, asked = http(login=steps), []

    def ask(request: Request) -> Answer:
        asked.append((request.path, json.loads(request.body)))
        return said({"id": 42, "says": "your key=abc, keep it"})

    assert logged_in(adapter, PHONE, ask) == PHONE._replace(session="abc")
    assert asked == [("/id", {"name": "phone-1"}), ("/open/42", {"password": "secret"})]
    for refused in (said({}, 200), said({"id": True}), said({"id": ""}), said({"id": 42}, 401), said(b"{")):
        assert logged_in(adapter, PHONE, lambda request, refused=refused: refused) is None  # type: ignore[misc]


def test_a_session_may_be_a_cookie() -> None:
    step = {"path": "/login", "session_header": {"name": "Set-Cookie", "matches": "sid=([^;]+)"}}
    adapter = http(login=step, poll={**SMALL["poll"], "headers": {"Cookie": "sid={session}"}})
    cookies = (("set-cookie", "lang=en"), ("set-cookie", "sid=abc; HttpOnly"), ("set-cookie", "sid=second"))
    client = logged_in(adapter, PHONE, lambda request: Answer(200, b"", headers=cookies))
    assert client is not None
    assert adapter.poll(client).headers == (("Cookie", "sid=abc"),)
    assert logged_in(adapter, PHONE, lambda request: Answer(200, b"", headers=cookies[:1])) is None


def test_phones_may_log_in_by_a_way_of_their_own() -> None:
    step = {"path": "/follow", "session": "/s"}
    adapter = http(follower_login=step)
    assert adapter.login(DEVICE) is None
    assert adapter.login(PHONE) == Request("/follow")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (said({}), "ok"),
        (said(b"", 204), "ok"),
        (said({"code": "Twice"}, 409), "duplicate"),
        (said({"code": "Other"}, 409), "fail"),
        (said({}, 401), "login"),
        (said({"code": "Expired"}, 401), "login"),
        (said(b"<html>", 503), "fail"),
        (said(b"", 302), "fail"),
    ],
)
def test_answers_mean_what_the_section_says(answer: Answer, outcome: str) -> None:
    duplicate = {"status": [409], "body": {"/code": "Twice"}}
    adapter = http(upload={**SMALL["upload"], "duplicate": duplicate})
    assert adapter.outcome(answer) == outcome


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        [],
        {},
        [[]],
        [None],
        [{"t": 1}],
        {"t": True, "v": 1},
        {"t": 1, "v": "1"},
        {"t": "x", "v": 1},
        {"t": 1, "v": True},
        7,
    ],
)
def test_an_answer_without_a_reading_has_none(body: object) -> None:
    assert http().newest(said(body)) is None
    assert http().newest(said([{"t": 1, "v": 1}], 500)) is None


def test_everybody_is_made_known_as_the_section_says() -> None:
    enroll = [
        {"each": "device", "socket": "admin", "path": "/accounts", "body": {"name": "{account}"}, "status": [201, 409]},
        {
            "each": "follower",
            "path": "/follow",
            "body": {"who": "{account}", "of": "{patient}", "to": "{token}", "after": "{no_data_after_s}"},
        },
    ]
    adapter = http(enroll=enroll)
    (made,) = adapter.enroll(DEVICE, 0.0)
    assert (made.socket, made.request.path, json.loads(made.request.body)) == (
        "admin",
        "/accounts",
        {"name": "dev ice/1"},
    )
    assert [made.went_well(status) for status in (200, 201, 409)] == [False, True, True]
    (follow,) = adapter.enroll(PHONE, 300.0)
    assert json.loads(follow.request.body) == {"who": "phone-1", "of": "device-1", "to": "token-1", "after": "300"}
    assert [follow.went_well(status) for status in (200, 404)] == [True, False]
    assert http().enroll(PHONE, 300.0) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"upload": {"path": "/r", "body": {}, "reading": 1}}, "must hold"),
        ({"upload": {**SMALL["upload"], "body": "{measured_s}"}}, "must hold"),
        ({"upload": {**SMALL["upload"], "form": {"a": "b"}}}, "one body"),
        ({"upload": {**SMALL["upload"], "path": "r"}}, "pattern"),
        ({"upload": {**SMALL["upload"], "batch": 0}}, "greater than"),
        ({"upload": {**SMALL["upload"], "duplicate": {}}}, "every answer"),
        ({"poll": {"path": "/r", "measured": "t", "value": "/v"}}, "begins with `/`"),
        ({"poll": {"path": "/r"}}, "required"),
        ({"headers": {"a b": "c"}}, "pattern"),
        ({"login": []}, "at least 1"),
        ({"login": {"path": "/l"}}, "`session` or `session_header`"),
        ({"logged_out": {"status": [7]}}, "greater than"),
        ({"uplaod": {}}, "Extra inputs"),
        ({"enroll": [{"each": "car", "path": "/x"}]}, "'device' or 'follower'"),
    ],
)
def test_a_section_that_cannot_be_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        http(**changed)


def test_every_text_is_listed_with_the_names_that_are_put_in_there() -> None:
    section = HttpSection.model_validate(
        {**SMALL, "headers": {"a": "{x}"}, "login": {"path": "/l", "session": "/s", "form": {"f": "{y}"}}}
    )
    listed = {where: (text, known) for where, text, known in templates(section)}
    assert listed["headers", "a"][0] == "{x}"
    assert listed["login", 0, "form", "f"][0] == "{y}"
    assert listed["upload", "reading", "t"] == (
        "{measured_s}",
        frozenset({"measured_s", "measured_ms", "measured_iso", "value_mg_dl"}),
    )
    assert "readings" in listed["upload", "body"][1]
    assert "readings" not in listed["poll", "path"][1]


@given(st.binary(max_size=200), st.sampled_from([200, 204, 301, 401, 500]))
def test_no_answer_makes_it_raise(body: bytes, status: int) -> None:
    adapter, answer = http(login={"path": "/l", "session": "/s"}), Answer(status, body)
    adapter.newest(answer)
    adapter.outcome(answer)
    adapter.session(DEVICE, answer)


@given(st.text(max_size=60))
def test_a_session_of_any_text_stays_one_line_of_one_request(session: str) -> None:
    adapter = http(poll={**SMALL["poll"], "path": "/{session}?a={session}"})
    path = adapter.poll(PHONE._replace(session=session)).path
    assert path.isascii()
    assert path.isprintable()
    assert " " not in path
