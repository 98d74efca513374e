"""An engine that is not there, refuses, hangs or talks nonsense: one sentence with what to do, within a limit."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.provision import doctor
from deadair.runtimes.docker_cleanup import remove_run
from deadair.runtimes.docker_engine import DockerEngine, socket_of
from deadair.runtimes.docker_sentences import DoneAlready, NotThere

pytestmark = pytest.mark.live


def http(body: str, status: str = "200 OK") -> bytes:
    """An answer as an engine gives it."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


@contextmanager
def engine_that(says: bytes | None, path: Path) -> Iterator[str]:
    """A socket where every call is answered alike, or never."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(10)
    held = []

    def serve() -> None:
        while True:
            try:
                calling, _ = listening.accept()
            except OSError:
                return
            held.append(calling)
            with suppress(OSError):
                if calling.recv(65_536) and says is not None:
                    calling.sendall(says)
                    calling.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield str(path)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for calling in held:
            calling.close()


def test_no_engine_is_a_sentence_that_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"no Docker engine: install one \(`apt-get install docker\.io iptables`\)"):
        DockerEngine(str(tmp_path / "none.sock")).version()


def test_an_engine_that_does_not_run_is_to_be_started(tmp_path: Path) -> None:
    with engine_that(None, tmp_path / "docker.sock") as path:
        pass
    with pytest.raises(HarnessError, match="the Docker engine does not run: start it"):
        DockerEngine(path).version()


def test_an_engine_that_hangs_is_given_up_within_its_limit(tmp_path: Path) -> None:
    with engine_that(None, tmp_path / "docker.sock") as path:
        limit = Deadline.after(3)
        with pytest.raises(HarnessError, match="the Docker engine does not answer in time: restart it"):
            DockerEngine(path, limit_s=0.2).version()
        assert not limit.passed()


@pytest.mark.parametrize("body", ["hello", "[]", '{"ApiVersion": 7}', "{"])
def test_an_engine_that_talks_nonsense_is_a_sentence(tmp_path: Path, body: str) -> None:
    with (
        engine_that(http(body), tmp_path / "docker.sock") as path,
        pytest.raises(HarnessError, match="gave no sound answer"),
    ):
        DockerEngine(path, limit_s=1).version()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not use a socket")
def test_a_socket_that_this_user_may_not_use_is_a_sentence(tmp_path: Path) -> None:
    with engine_that(http("{}"), tmp_path / "docker.sock") as path:
        os.chmod(path, 0o600)  # noqa: PTH101 - as the engine's own is
        tmp_path.chmod(0o711)
        os.seteuid(65_534)
        try:
            with pytest.raises(HarnessError, match=r"this user may not use the Docker engine|no Docker engine"):
                DockerEngine(path, limit_s=1).version()
        finally:
            os.seteuid(0)


def test_what_the_engine_refuses_is_told_in_its_own_words(tmp_path: Path) -> None:
    version = '{"Version": "20.10", "ApiVersion": "1.41"}'
    engine = DockerEngine(str(tmp_path / "docker.sock"), limit_s=1)
    with engine_that(http(version), tmp_path / "docker.sock"):
        assert engine.version() == "20.10"
    for status, kind in (("404 Not Found", NotThere), ("409 Conflict", DoneAlready), ("500 Oops", HarnessError)):
        (tmp_path / "docker.sock").unlink()
        with (
            engine_that(http('{"message": "port is already allocated"}', status), tmp_path / "docker.sock"),
            pytest.raises(kind, match="Docker, asked to start a container answered: port is already allocated"),
        ):
            engine.start("a")
    engine.close()


def test_an_engine_of_another_machine_is_refused() -> None:
    assert socket_of({}) == "/var/run/docker.sock"
    assert socket_of({"DOCKER_HOST": "unix:///run/user/1/docker.sock"}) == "/run/user/1/docker.sock"
    with pytest.raises(HarnessError, match="containers must run on this machine"):
        socket_of({"DOCKER_HOST": "tcp://far:2375"})


def test_who_cleans_up_says_that_nobody_can_be_asked(tmp_path: Path) -> None:
    (said,) = remove_run(str(tmp_path / "none.sock"), "run")
    assert said.startswith("what the run left in Docker cannot be looked for (there is no Docker engine")


def test_the_doctor_says_what_of_docker_there_is_and_how_to_get_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LOOK_LIMIT_S", 0.3)
    path = tmp_path / "docker.sock"
    environ = {"PATH": str(tmp_path), "DOCKER_HOST": f"unix://{path}"}

    def check(need: str) -> doctor.Check:
        (found,) = (one for one in doctor.examine(tmp_path, environ) if one.need == need)
        return found

    assert check("Docker engine").state == "not needed"
    assert "apt-get install docker.io" in check("Docker engine").way
    assert check("Docker compose").found == "neither `docker compose` nor `docker-compose`"
    with engine_that(http('{"Version": "20.10"}'), path):
        assert check("Docker engine") == doctor.Check("Docker engine", "there", f"version 20.10 at {path}")
    path.unlink()
    with engine_that(None, path):
        assert check("Docker engine").way == "restart the engine"
    (tmp_path / "docker-compose").write_text("#!/bin/sh\necho 1.29.2\n")
    (tmp_path / "docker-compose").chmod(0o755)
    assert check("Docker compose").found == "version 1.29.2 (docker-compose)"
