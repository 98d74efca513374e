"""One HTTP route against servers that behave badly: nothing raises, everything ends in time, losses are told apart."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from deadair.fleet.process.http_route import ANSWER_BYTES_MAX, HttpRoute
from deadair.fleet.request_outcome import Exchange, again_us, request_limit_s
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address
from deadair.targets.request import Request
from tools.live_reference import free_ports

pytestmark = pytest.mark.live

Talk = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n"


@contextmanager
def server(talk: Talk) -> Iterator[Address]:
    """Serve each connection with ``talk`` after its first request has come in."""
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5.0)
            connection.recv(65_536)
            talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield Address(port=listening.getsockname()[1])
        finally:
            over.set()
            thread.join(5.0)


def exchange(address: Address, *, speed: float = 60.0) -> tuple[Exchange, float]:
    """Send one request; return how it went and how many real seconds it took."""
    limit = Deadline.after(30.0)
    route = HttpRoute(address, RunClock.starting_now(speed=speed))
    done = route.exchange(Request("/", b"{}"))
    route.close()
    return done, 30.0 - limit.left_s()


def answering(answer: bytes) -> Talk:
    return lambda connection: connection.sendall(answer)


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        connection.sendall(b"H")
        pause(0.05)


def stalling(connection: socket.socket) -> None:
    connection.recv(1)


def flooding(connection: socket.socket) -> None:
    connection.sendall(HEAD % (ANSWER_BYTES_MAX * 4, b""))
    while True:
        connection.sendall(b"x" * 65_536)


def test_an_answer_comes_back_whole() -> None:
    with server(answering(HEAD % (5, b"Retry-After: 2\r\n") + b"hello")) as address:
        done, _ = exchange(address)
    assert done.answer is not None
    assert (done.answer.status, done.answer.body, done.answer.retry_after_s) == (200, b"hello", 2.0)
    assert done.answer.headers == (("content-length", "5"), ("retry-after", "2"))
    assert done.lost is None
    assert done.sent_us <= done.ended_us
    assert again_us(done, speed=60.0) == done.ended_us + 120_000_000


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with server(answering(b"HTTP/1.1 200 OK\r\n\r\nhello")) as address:
        done, _ = exchange(address)
    assert done.answer is not None
    assert done.answer.body == b"hello"


@pytest.mark.parametrize("text", [b"", b"soon", b"-1", b"nan", b"inf", b"Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_is_none(text: bytes) -> None:
    with server(answering(HEAD % (0, b"Retry-After: %s\r\n" % text))) as address:
        done, _ = exchange(address)
    assert done.answer is not None
    assert done.answer.retry_after_s is None
    assert again_us(done, speed=60.0) is None


def test_a_refused_connection_surely_sent_nothing() -> None:
    done, _ = exchange(Address(port=free_ports(1)[0]))
    assert (done.answer, done.lost) == (None, "fail")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        HEAD % (100, b"") + b"too short",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"\x00\xff" * 1000,
    ],
)
def test_a_broken_answer_may_have_happened(answer: bytes) -> None:
    with server(answering(answer)) as address:
        done, took_s = exchange(address)
    assert (done.answer, done.lost) == (None, "info")
    assert took_s < 0.9


@pytest.mark.parametrize("talk", [stalling, dripping])
def test_a_stalled_answer_is_given_up_in_time(talk: Talk) -> None:
    with server(talk) as address:
        done, took_s = exchange(address)
    assert (done.answer, done.lost) == (None, "info")
    assert request_limit_s(60.0) <= took_s < request_limit_s(60.0) + 0.5


def flooding_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Flood: xxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 1000)


@pytest.mark.parametrize("talk", [flooding, flooding_headers])
def test_a_flood_is_not_taken_in(talk: Talk) -> None:
    with server(talk) as address:
        done, took_s = exchange(address)
    assert (done.answer, done.lost) == (None, "info")
    assert took_s < 5.0


def test_an_interim_answer_is_not_the_answer() -> None:
    with server(answering(b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD % (2, b"") + b"ok")) as address:
        done, _ = exchange(address)
    assert done.answer is not None
    assert (done.answer.status, done.answer.body) == (200, b"ok")


def test_the_limit_is_ten_seconds_of_real_life_and_one_real_second_at_least() -> None:
    assert (request_limit_s(1.0), request_limit_s(5.0), request_limit_s(60.0)) == (10.0, 2.0, 1.0)


def test_a_session_from_outside_cannot_add_a_header() -> None:
    route = HttpRoute(Address(port=1), RunClock.starting_now(speed=1.0))
    message = route.prepare(Request("/read?session=a b\r\nX-Evil: 1", b""))
    assert message.startswith(b"POST /read?session=a%20b")
    assert b"\r\nX-Evil" not in message


def test_a_request_carries_its_own_headers_and_none_of_them_adds_another() -> None:
    route = HttpRoute(Address(port=1), RunClock.starting_now(speed=1.0))
    own = (("content-type", "text/plain"), ("Secret", "s\r\nX-Evil: 1"))
    head = route.prepare(Request("/", b"{}", headers=own)).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert b"content-type: text/plain" in head and b"Secret: s X-Evil: 1" in head and b"Host: 127.0.0.1:1" in head
    assert not [line for line in head if line.startswith((b"Content-Type", b"X-Evil"))]


def test_a_kept_connection_is_used_again_and_a_closed_one_is_not() -> None:
    connections = []

    def twice(connection: socket.socket) -> None:
        connections.append(connection.fileno())
        connection.sendall(HEAD % (2, b"") + b"ok")
        connection.recv(65_536)
        connection.sendall(HEAD % (2, b"") + b"ok")

    with server(twice) as address:
        route = HttpRoute(address, RunClock.starting_now(speed=60.0))
        bodies = []
        for _ in range(3):
            done = route.exchange(Request("/", b"{}"))
            bodies.append(done.answer.body if done.answer else done.lost)
            pause(0.1)
        route.close()
    assert bodies == [b"ok"] * 3
    assert len(connections) == 2
