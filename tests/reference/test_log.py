"""The log: one JSON object a line, nothing of what clients sent, and nobody waits for its reader."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deadair.model.clock import Deadline, pause
from deadair.reference.http.router import Router
from deadair.reference.running.log import LINES_WAITING_MAX, Log
from deadair.reference.running.serve import _told
from tests.reference.asgi import ask


class Written:
    """A log into a file, by a clock that the test sets."""

    def __init__(self, path: Path) -> None:
        self.now_s = 1_764_014_400.25
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT)
        self.log = Log("gateway", lambda: self.now_s, self._file)

    def lines(self) -> list[dict[str, Any]]:
        self.log.close()
        return [json.loads(line) for line in self._path.read_text().splitlines()]

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path / "log")
    yield made
    made.log.close()
    made.close()


def raised(message: str, kind: type[Exception] = ValueError) -> Exception:
    try:
        raise kind(message)
    except kind as error:
        return error


def test_a_line_has_time_node_event_and_facts(written: Written) -> None:
    written.log.say("started", gateway="127.0.0.1:80", nodes=5)
    assert written.lines() == [
        {
            "time": "2025-11-24T20:00:00.250+00:00",
            "node": "gateway",
            "event": "started",
            "gateway": "127.0.0.1:80",
            "nodes": 5,
        }
    ]


def test_an_unexpected_error_is_told_by_type_and_place_without_its_words(written: Written) -> None:
    written.log.failed("a request failed", raised("the password was hunter2"))
    (line,) = written.lines()
    assert (line["event"], line["type"]) == ("a request failed", "ValueError")
    assert line["place"].startswith("test_log.py:")
    assert "hunter2" not in json.dumps(line)


def test_what_the_machine_says_of_itself_is_told(written: Written) -> None:
    written.log.failed("storing fails", raised("database or disk is full", sqlite3.OperationalError))
    assert written.lines()[0]["why"] == "database or disk is full"


def test_the_first_of_a_group_stands_for_it(written: Written) -> None:
    written.log.failed("crashed", ExceptionGroup("both", [raised("x"), raised("y")]))
    assert written.lines()[0]["type"] == "ValueError"


def test_an_error_that_comes_again_and_again_is_not_told_again_at_once(written: Written) -> None:
    for after_s in (0.0, 1.0, 9.0, 2.0):
        written.now_s += after_s
        written.log.failed("a request failed", raised("x"))
    assert len(written.lines()) == 2


def test_what_a_handler_did_not_expect_goes_to_the_log_and_no_further(written: Written) -> None:
    async def handler(_: object) -> Any:
        raise KeyError("token-17")

    answer = ask(_told(Router({("POST", "/app/poll"): handler}), written.log), "POST", "/app/poll", b"secret")
    assert (answer.status_code, answer.json()["Code"]) == (500, "InternalError")
    (line,) = written.lines()
    assert line["type"] == "KeyError"
    assert "token-17" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


def test_nobody_waits_for_whoever_does_not_read_and_what_is_lost_is_counted() -> None:
    reader, writer = os.pipe()
    log = Log("gateway", lambda: 0.0, writer)
    limit = Deadline.after(20.0)
    for _ in range(LINES_WAITING_MAX + 2000):
        log.say("again", why="x" * 100)
    assert not limit.passed()
    got = b""
    os.set_blocking(reader, False)
    while b"lines_lost" not in got:
        assert not limit.passed(), "what was lost is not told"
        with suppress(BlockingIOError):
            got += os.read(reader, 65_536)
        log.say("read at last")
        pause(0.001)
    os.close(reader)
    while log._writer.is_alive():
        log.close()
    os.close(writer)
