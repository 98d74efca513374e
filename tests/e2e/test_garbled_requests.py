"""Whatever is said to the gateway, HTTP or not, one request or many: it is answered in the declared way."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadair.model.clock import Deadline
from deadair.reference.running.connection_limits import PIPELINE_MAX
from deadair.targets.request import Request
from tests.e2e.lone_gateway import ARRIVE_WITHIN_S, NOTHING, NOWHERE, POLL, Gateway, code, status

READ = "/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues"


# --- not HTTP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /nowhere HTTP/9.9\r\n\r\n",
        b"G\x00T /nowhere HTTP/1.1\r\n\r\n",
        b"GET /live\x00z HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"CONNECT other:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHo st: x\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
        POLL + b"Content-Length: -1\r\n\r\n",
        POLL + b"Content-Length: 1e3\r\n\r\n",
        POLL + b"Content-Length: 99999999999999999999999\r\n\r\n",
        POLL + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        POLL + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POLL + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        POLL + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
        POLL + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_the_apis_own_form(gateway: Gateway, said: bytes) -> None:
    answer = gateway.say(said)
    assert (status(answer), code(answer)) == (400, "BadRequest")


@pytest.mark.parametrize(
    "path",
    ["//app/poll", "/app/../app/poll", "/app/%2e%2e/accounts", "/app//poll", "/app/poll/", "/app/poll%00", "/%ff%fe",
     "/accounts", "/../../etc/passwd", "*", "/app/poll;x", "/APP/POLL"],
)  # fmt: skip
def test_a_path_that_is_not_there_is_nowhere_else_either(gateway: Gateway, path: str) -> None:
    answer = gateway.say(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert (status(answer), code(answer)) == (404, "NotFound")


def test_a_length_that_is_too_long_ends_in_time_and_one_too_short_in_an_error(gateway: Gateway) -> None:
    assert status(gateway.say(POLL + b"Content-Length: 50\r\n\r\n{}")) == 408
    answer = gateway.say(POLL + b"Content-Length: 1\r\n\r\n{}")
    assert (status(answer), answer.count(b"HTTP/1.1 ")) == (500, 1)


def test_what_follows_a_whole_request_takes_nothing_from_its_answer(gateway: Gateway) -> None:
    """A real client says that its body is empty and sends two quotation marks all the same."""
    session = gateway.log_in()
    head = f"POST {READ}?sessionId={session}&minutes=10&maxCount=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
    for ends in ("Connection: close\r\n", ""):
        answer = gateway.say(f'{head}{ends}\r\n""'.encode())
        assert status(answer) == 200
        assert answer.endswith(b"\r\n\r\n[]")


def test_bodies_that_are_no_text_and_no_json_are_refused(gateway: Gateway) -> None:
    for body in (b"\xff\xfe", b"\x00" * 100, b"{" * 1000, b'{"session": "\xc3("}', b'{"session": "\\ud800"}', b"[]"):
        answer = gateway.send(Request("/app/poll", body))
        assert answer.status == 500
        assert json.loads(answer.body)["Code"] in ("InvalidArgument", "SessionIdNotFound", "SessionNotValid")


# --- several at once -------------------------------------------------------------------------------------------------


def test_requests_sent_together_are_answered_in_order(gateway: Gateway) -> None:
    wrong = b"GET /app/poll HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = gateway.say(NOWHERE + wrong + NOWHERE, then_end=True)
    assert [int(one[:3]) for one in answer.split(b"HTTP/1.1 ")[1:]] == [404, 405, 404]


def test_of_very_many_sent_together_some_are_answered_whole_and_the_rest_not_at_all(gateway: Gateway) -> None:
    answer = gateway.say(NOWHERE * 5000)
    assert 1 <= answer.count(b"HTTP/1.1 404 ") == answer.count(NOTHING) <= PIPELINE_MAX + 2
    assert answer.endswith(NOTHING)


def test_an_upgrade_is_not_taken_up(gateway: Gateway) -> None:
    for to in (b"websocket", b"h2c"):
        said = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: " + to + b"\r\n\r\n"
        assert gateway.say(said).endswith(NOTHING)


# --- anything --------------------------------------------------------------------------------------------------------

PIECES = [
    b"GET ", b"POST ", b"DELETE ", b"/x", b"/app/poll", b"/app/subscribe", READ.encode(), b"?sessionId=", b"?x=%00",
    b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: x\r\n", b"Content-Length: 2\r\n", b"Content-Length: 0\r\n", b"\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"{}", b'""',
    b"0\r\n\r\n", b'2\r\n{}\r\n', b'{"session": "x", "follow": 1}', NOWHERE,
    POLL, POLL + b"Content-Length: 2\r\n\r\n{}",
]  # fmt: skip
DECLARED = {100, 200, 400, 404, 405, 408, 413, 431, 500}


def answers(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Read answers one after the other; each must be whole and in its form."""
    while raw:
        head, found, raw = raw.partition(b"\r\n\r\n")
        assert found
        line, *fields = head.split(b"\r\n")
        number = int(line.split(b" ")[1])
        headers = {name.lower(): value for name, _, value in (field.partition(b": ") for field in fields)}
        length = int(headers.get(b"content-length", b"0"))
        yield number, raw[:length]
        raw = raw[length:]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=30), max_size=12))
def test_whatever_is_said_is_answered_in_the_declared_way(gateway: Gateway, said: list[bytes]) -> None:
    limit = Deadline.after(ARRIVE_WITHIN_S + 3.0)
    for number, body in answers(gateway.say(b"".join(said), then_end=True)):
        assert number in DECLARED
        assert number != 500 or code(b"\r\n\r\n" + body) != "InternalError"
    assert not limit.passed()
