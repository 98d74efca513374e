"""Whatever a client does with its socket: it gets a clean answer or none, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.clock import Deadline, pause
from harness.reference.connection import HEAD_BYTES_MAX, PIPELINE_MAX
from harness.reference.inbox import BACKFILL, Waiting
from harness.reference.live import LiveEnv
from harness.reference.settings import Settings
from harness.reference.store import Store
from harness.targets.base import Request
from tests.e2e.lone_gateway import ARRIVE_WITHIN_S, CONNECTIONS_MAX, Gateway, heard, lone_gateway, status

pytestmark = pytest.mark.live

MEMORY_MORE_MAX_KIB = 40_000
PROMPT_S = 1.0
NOWHERE = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
POLL = b"POST /app/poll HTTP/1.1\r\nHost: x\r\n"
NOTHING = b'{"Code":"NotFound","Message":"there is nothing at this path"}'
READ = "/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    data = tmp_path_factory.mktemp("gateway")
    with lone_gateway(data, arrive_within_s=ARRIVE_WITHIN_S, connections_max=CONNECTIONS_MAX) as service:
        yield service


@pytest.fixture
def gateway(service: Gateway) -> Iterator[Gateway]:
    """The gateway, which must be well after each test, and no larger than before."""
    files, memory_kib = service.open_files(), service.memory_kib()
    yield service
    limit = Deadline.after(20.0)
    while service.open_files() > files + 2:
        assert not limit.passed(), "connections stay open"
        pause(0.05)
    assert service.process.poll() is None
    assert service.memory_kib() < memory_kib + MEMORY_MORE_MAX_KIB
    prompt(service)
    assert all("failed" not in line["event"] for line in service.log())


def prompt(service: Gateway) -> None:
    """Another user is answered at once."""
    limit = Deadline.after(PROMPT_S)
    assert service.send(Request("/nowhere", method="GET")).status == 404
    assert not limit.passed()


def code(answer: bytes) -> str:
    """Return the code of a refusal in the API's own form."""
    data = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert set(data) >= {"Code", "Message"}
    return str(data["Code"])


# --- slow ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [b"POST /app/po", POLL, POLL + b"Content-Length: 100\r\n\r\n{", POLL + b"Transfer-Encoding: chunked\r\n\r\nff\r\n"],
    ids=["line", "headers", "body", "chunk"],
)
def test_whoever_dribbles_is_told_that_it_took_too_long(gateway: Gateway, first: bytes) -> None:
    limit = Deadline.after(ARRIVE_WITHIN_S + 3.0)
    with gateway.open(first) as slow:
        slow.settimeout(0.1)
        got = b""
        while not got:
            assert not limit.passed(), "it may go on for ever"
            prompt(gateway)
            try:
                slow.sendall(b"A")
                got = slow.recv(4096)
            except TimeoutError:
                continue
    assert status(got) == 408
    assert code(got) == "RequestTimeout"


def test_whoever_says_nothing_is_left_without_a_word(gateway: Gateway) -> None:
    limit = Deadline.after(ARRIVE_WITHIN_S + 3.0)
    assert gateway.say(b"") == b""
    assert not limit.passed()


def test_whoever_was_answered_and_says_nothing_more_too(gateway: Gateway) -> None:
    answer = gateway.say(NOWHERE)
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(NOTHING)


def test_slow_ones_in_great_number_keep_nobody_out(gateway: Gateway) -> None:
    slow = [gateway.open(POLL) for _ in range(3 * CONNECTIONS_MAX)]
    for one in slow:
        prompt(gateway)
        one.close()


def test_whoever_does_not_take_the_answer_is_closed(tmp_path: Path) -> None:
    with lone_gateway(tmp_path, arrive_within_s=ARRIVE_WITHIN_S) as gateway, socket.socket() as deaf:
        env = LiveEnv(tmp_path, Settings())
        Store(env).put([Waiting(BACKFILL, 1, 10**9 + number, 100, 4, 0.0) for number in range(400_000)])
        asyncio.run(env.close())
        files = gateway.open_files()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", gateway.site.sockets["gateway-admin"].port))
        deaf.sendall(b"GET /stored?account=device-0 HTTP/1.1\r\nHost: x\r\n\r\n")
        limit = Deadline.after(30.0)
        deaf.settimeout(30.0)
        assert status(deaf.recv(20, socket.MSG_PEEK)) == 200
        while gateway.open_files() > files:
            assert not limit.passed(), "the answer is kept for ever"
            prompt(gateway)
            pause(0.05)
        with contextlib.suppress(ConnectionResetError):
            assert len(heard(deaf)) < 400_000 * 16, "it was taken whole by the machine, and proves nothing"


# --- broken off ------------------------------------------------------------------------------------------------------


def test_whoever_has_said_all_and_listens_is_answered(gateway: Gateway) -> None:
    gateway.process.send_signal(signal.SIGSTOP)  # so that the end is there before the answers
    with gateway.open(NOWHERE * PIPELINE_MAX) as client:
        client.shutdown(socket.SHUT_WR)
        gateway.process.send_signal(signal.SIGCONT)
        assert heard(client).count(NOTHING) == PIPELINE_MAX


@pytest.mark.parametrize("first", [b"POST", POLL + b"Content-Length: 100\r\n\r\n{"])
def test_whoever_ends_in_the_middle_is_told(gateway: Gateway, first: bytes) -> None:
    answer = gateway.say(first, then_end=True)
    assert (status(answer), code(answer)) == (400, "BadRequest")


def test_whoever_hangs_up_is_forgotten(gateway: Gateway) -> None:
    for first in (b"", b"POST", POLL + b"Content-Length: 100\r\n\r\n{", NOWHERE):
        gateway.open(first).close()


# --- large -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        POLL + b"A: b\r\n" * 5000 + b"\r\n",
        POLL + b"".join(b"A%d: b\r\n" % number for number in range(200)) + b"\r\n",
        POLL + b"A: " + b"b" * 500_000,
        POLL + b"A" * 500_000,
        b"POST /" + b"a" * 500_000,
        b"POST /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["many", "different", "value", "name", "line", "path"],
)
def test_a_head_without_measure_is_refused(gateway: Gateway, said: bytes) -> None:
    answer = gateway.say(said)
    assert (status(answer), code(answer)) == (431, "HeadTooLarge")


def test_a_head_of_usual_size_is_not(gateway: Gateway) -> None:
    head = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * (HEAD_BYTES_MAX - 2000) + b"\r\n\r\n"
    assert gateway.say(head, then_end=True).endswith(NOTHING)


def test_a_body_without_end_is_refused_while_it_comes(gateway: Gateway) -> None:
    with gateway.open(POLL + b"Content-Length: 10000000000\r\n\r\n") as endless:
        sent = 0
        try:
            while sent < 100_000_000:
                sent += endless.send(b" " * 65_536)
        except OSError:
            pass
        assert sent < 20_000_000
        assert status(heard(endless)) in (0, 413, 500)  # with so much under way, the answer may not get through


def test_trailers_without_end_are_refused(gateway: Gateway) -> None:
    with gateway.open(POLL + b"Transfer-Encoding: chunked\r\n\r\n0\r\n") as endless:
        sent = 0
        try:
            while sent < 100_000_000:
                sent += endless.send(b"A: " + b"b" * 1000 + b"\r\n")
        except OSError:
            pass
        assert sent < 20_000_000
        assert status(heard(endless)) in (0, 413)


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
