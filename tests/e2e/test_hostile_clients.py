"""Clients that are slow, break off or never end: each gets a clean answer or none, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.reference.running.connection_limits import HEAD_BYTES_MAX, PIPELINE_MAX
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import BACKFILL, Waiting
from deadair.reference.storage.sqlite_store import SqliteStore
from tests.e2e.lone_gateway import (
    ARRIVE_WITHIN_S,
    CONNECTIONS_MAX,
    NOTHING,
    NOWHERE,
    POLL,
    Gateway,
    code,
    heard,
    lone_gateway,
    prompt,
    status,
)

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
        put = SqliteStore(env).put([Waiting(BACKFILL, 1, 10**9 + number, 100, 4, 0.0) for number in range(400_000)])
        asyncio.run(put)
        asyncio.run(env.close())
        files = gateway.open_files()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", gateway.site.sockets["gateway-admin"].port))
        deaf.sendall(b"GET /stored?account=device-0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
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
