"""One question to a target over HTTP: what it sends, and that no server keeps it longer than its limit."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.targets import admin_http
from deadair.targets.admin_http import ask
from deadair.targets.request import Request

LIMIT_S = 0.5


@contextmanager
def server(*parts: bytes, again: bool = False) -> Iterator[tuple[Address, list[bytes]]]:
    """Answer one connection with these bytes, one after the other; ``again``: the last of them for ever."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(65_536))
            try:
                for part in parts:
                    connection.sendall(part)
                while again and not over.is_set():
                    connection.sendall(parts[-1])
                    pause(0.05)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Address(port=listener.getsockname()[1]), heard
        finally:
            over.set()
            thread.join(5.0)


HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_request_carries_its_own_headers_in_place_of_those_of_their_names() -> None:
    own = (("Content-Type", "text/plain"), ("Secret", "s"))
    with server(HEAD + b"Content-Length: 2\r\n\r\nok") as (address, heard):
        answer = ask(address, Request("/here", b"x", headers=own), LIMIT_S)
    assert (answer.status, answer.body) == (200, b"ok")
    assert b"Content-Type: text/plain\r\n" in heard[0] and b"Secret: s\r\n" in heard[0]
    assert b"application/json" not in heard[0]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((HEAD + b"\r\n", b"drip"), "the answer had no end within its limit"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "the answer had no end within its limit"),
    ],
)
def test_a_server_that_drips_for_ever_is_left_at_the_limit(parts: tuple[bytes, ...], expected: str) -> None:
    limit = Deadline.after(5.0)
    with server(*parts, again=True) as (address, _), pytest.raises(HarnessError, match=expected):
        ask(address, Request("/", method="GET"), LIMIT_S)
    assert not limit.passed()


def test_an_answer_that_breaks_off_or_is_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(HEAD + b"Content-Length: 9\r\n\r\nok") as (address, _), pytest.raises(HarnessError) as caught:
        ask(address, Request("/"), LIMIT_S)
    assert "IncompleteRead" in str(caught.value)
    monkeypatch.setattr(admin_http, "BYTES_MAX", 3)
    with server(HEAD + b"Content-Length: 4\r\n\r\nlong") as (address, _), pytest.raises(HarnessError) as caught:
        ask(address, Request("/"), LIMIT_S)
    assert "the answer is longer than 3 bytes" in str(caught.value)


def test_a_question_comes_from_the_address_that_it_is_told_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address(port=listener.getsockname()[1])
        for asked in (None, "127.0.0.3"):
            with pytest.raises(HarnessError, match="timed out"):
                ask(address, Request("/"), 0.1, from_host=asked)
            connection, (host, _) = listener.accept()
            connection.close()
            assert host == (asked or "127.0.0.1")
