"""The programs that a target file names: for its version, its probes and its readiness. Each within its limit."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site
from tests.unit.described_site import answering, site_of, target_of
from tests.unit.target_texts import changed

STORED = '  stored: {http: {socket: api, path: "/readings?of={account}"}, items: /readings}\n'
READY = "{http: {socket: api, path: /health}}"


def script(tmp_path: Path, text: str) -> None:
    path = tmp_path / "crib/say"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_version_is_the_first_line_that_a_program_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_TAG", "v7")
    monkeypatch.setenv("OTHER", "of the caller")
    text = changed(('{text: "1.2"}', "{command: [./say, '{folder}']}"), ("roles:", "environment: [IMAGE_TAG]\nroles:"))
    script(tmp_path, 'echo; echo "$IMAGE_TAG at $1 $(pwd) $OTHER"; echo more')
    folder = tmp_path / "crib"
    assert target_of(tmp_path, text).version() == f"v7 at {folder} {folder}"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("exit 3", "./say ended with 3, saying: nothing"),
        ("echo no such option >&2; exit 1", "./say ended with 1, saying: no such option"),
        ("echo $TOKEN >&2; exit 1", r"./say ended with 1, saying: \[TOKEN\]"),
        ("exit 0", "`./say` was to say the version, and said nothing"),
    ],
)
def test_a_program_that_fails_is_a_sentence_without_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, expected: str
) -> None:
    monkeypatch.setenv("TOKEN", "hush-hush")
    text = changed(('{text: "1.2"}', "{command: [./say]}"), ("roles:", "secrets: [TOKEN]\nroles:"))
    script(tmp_path, says)
    with pytest.raises(HarnessError, match=expected):
        target_of(tmp_path, text).version()


def test_readings_and_backlog_are_what_programs_print(tmp_path: Path) -> None:
    script(tmp_path, 'echo "[{\\"measured\\": 60, \\"value\\": 100}, {\\"measured\\": 61, \\"value\\": $2}]"')
    probes = "  stored: {command: [./say, '{account}', '101']}\n  backlog: {command: [echo, '4']}\n"
    target = target_of(tmp_path, changed((STORED, probes)))
    assert target.stored(1, site_of(tmp_path)) == (Reading(60, 100), Reading(61, 101))
    assert target.backlog(site_of(tmp_path)) == 4


def test_a_program_that_never_ends_is_left_at_its_limit(tmp_path: Path) -> None:
    target = target_of(tmp_path, changed((STORED, "  backlog: {command: [sleep, '30']}\n")))
    limit = Deadline.after(10.0)
    with pytest.raises(HarnessError, match="sleep had not ended after 1 s"):
        target.backlog(site_of(tmp_path))
    assert not limit.passed()


# --- ready -----------------------------------------------------------------------------------------------------------


def by(tmp_path: Path, ready: str) -> DescribedTarget:
    return target_of(tmp_path, changed((READY, ready)))


def listening(tmp_path: Path, listener: socket.socket) -> Site:
    site = site_of(tmp_path)
    address = site.sockets["api"].model_copy(update={"port": listener.getsockname()[1]})
    object.__setattr__(site, "sockets", {"api": address})
    return site


@pytest.mark.parametrize(
    ("status", "why"),
    [(200, ""), (204, ""), (302, "GET /health was answered 302: b'no'"), (503, "GET /health was answered 503: b'no'")],
)
def test_a_node_is_ready_by_its_answer(tmp_path: Path, status: int, why: str) -> None:
    assert target_of(tmp_path).why_not_ready("crib", site_of(tmp_path, answering(status, b"no"))) == why


def test_a_node_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    def fails(socket: str, request: Request, limit_s: float) -> Answer:
        raise HarnessError("nobody is there")

    assert target_of(tmp_path).why_not_ready("crib", site_of(tmp_path, fails)) == "nobody is there"


@pytest.mark.parametrize("ready", ["{tcp: {socket: api}}", None])
def test_a_node_is_ready_while_its_sockets_take_connections(tmp_path: Path, ready: str | None) -> None:
    line = f"    ready: {READY}\n"
    target = by(tmp_path, ready) if ready is not None else target_of(tmp_path, changed((line, "")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site = listening(tmp_path, listener)
        assert target.why_not_ready("crib", site) == ""
    assert target.why_not_ready("crib", site) == f"nobody takes connections at {site.sockets['api']}, the socket api"


def test_a_node_is_ready_by_a_line_that_it_printed_since_it_was_started(tmp_path: Path) -> None:
    target, site = by(tmp_path, '{log: "^listening on [0-9]+$"}'), site_of(tmp_path)
    log, unsaid = tmp_path / "logs/crib.log", "it has printed no line that '^listening on [0-9]+$' finds"
    target.start_of("crib", site)
    assert target.why_not_ready("crib", site) == f"{log} cannot be read (No such file or directory)"
    log.write_text("starting\nnot listening on 80\n", encoding="utf-8")
    assert target.why_not_ready("crib", site) == unsaid
    with log.open("a", encoding="utf-8") as stream:
        stream.write("listening on 80\nmore\n")
    assert target.why_not_ready("crib", site) == ""
    target.start_of("crib", site)
    assert target.why_not_ready("crib", site) == unsaid


def test_a_node_is_ready_by_a_program_that_ends_well(tmp_path: Path) -> None:
    script(tmp_path, "exit $1")
    assert by(tmp_path, "{command: [./say, '0']}").why_not_ready("crib", site_of(tmp_path)) == ""
    assert (
        by(tmp_path, "{command: [./say, '1']}")
        .why_not_ready("crib", site_of(tmp_path))
        .startswith("./say ended with 1, saying: nothing")
    )
    assert (
        by(tmp_path, "{command: [./gone]}")
        .why_not_ready("crib", site_of(tmp_path))
        .startswith("./gone could not be started")
    )
    assert (
        by(tmp_path, "{command: [sleep, '30']}")
        .why_not_ready("crib", site_of(tmp_path))
        .startswith("sleep had not ended after 1 s")
    )


def test_what_it_lacks_is_looked_for_on_the_path_and_in_its_folder(tmp_path: Path) -> None:
    script(tmp_path, "exit 0")
    assert target_of(tmp_path, changed(("[crib, --port", "[sh, --port"))).lacks() == ()
    assert target_of(tmp_path, changed(("[crib, --port", "[./say, --port"))).lacks() == ()
    (tmp_path / "crib/say").chmod(0o644)
    (lack,) = target_of(tmp_path, changed(("[crib, --port", "[./say, --port"))).lacks()
    assert "is started by ./say, and there is no such program" in lack
