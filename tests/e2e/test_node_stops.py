"""A node that is told to stop answers what is under way first; one that cannot start says why, in one line."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.reading import Reading
from deadair.targets.adapters.client import device_client
from deadair.targets.reference import Reference
from tests.e2e.lone_gateway import LIMIT_S, PASSWORD, Gateway, heard, lone_gateway, status
from tools.live_reference import free_ports

READING = Reading(1_700_000_000, 100)


def refused_connections(gateway: Gateway) -> None:
    """Return when the gateway takes no more connections."""
    limit = Deadline.after(LIMIT_S)
    while True:
        try:
            socket.create_connection(("127.0.0.1", gateway.port), timeout=1.0).close()
        except OSError:
            return
        assert not limit.passed()
        pause(0.01)


def test_what_is_under_way_is_answered_and_kept(tmp_path: Path) -> None:
    with lone_gateway(tmp_path) as gateway:
        upload = Reference().uploader().upload(device_client("device-0", PASSWORD, gateway.log_in()), [READING])
        head = f"POST {upload.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(upload.body)}\r\n\r\n".encode()
        with gateway.open(head + upload.body[:10]) as device, gateway.open() as idle:
            pause(0.1)
            stopped = Deadline.after(2.5)
            gateway.process.send_signal(signal.SIGTERM)
            refused_connections(gateway)
            device.sendall(upload.body[10:])
            assert status(heard(device)) == 200
            assert heard(idle) == b""
        assert gateway.process.wait(LIMIT_S) == 0
        assert not stopped.passed()
        assert [line["event"] for line in gateway.log()][-2:] == ["started", "stopping"]
        text = (tmp_path / "log").read_text()
        assert PASSWORD not in text
        assert upload.path.partition("=")[2] not in text
    with lone_gateway(tmp_path) as again:
        assert Reference().backlog(again.site) == 1


def test_whoever_does_not_finish_is_not_waited_for(tmp_path: Path) -> None:
    with lone_gateway(tmp_path) as gateway:
        with gateway.open(b"POST /app/poll HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"):
            pause(0.1)
            stopped = Deadline.after(3.5)
            gateway.process.send_signal(signal.SIGTERM)
            assert gateway.process.wait(LIMIT_S) == 0
        assert not stopped.passed()


def tried(*arguments: object, data: Path, variables: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the program; return its exit code and what it said on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "deadair.reference", *map(str, arguments), "--data", str(data)],
        env={"PATH": "/bin", **(variables or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["up", "processor"])
def test_a_wrong_configuration_is_two_and_said_in_one_line(tmp_path: Path, command: str) -> None:
    code, said = tried(command, data=tmp_path, variables={"FOLLOW_DEAD_AFTER_S": "-1"})
    assert code == 2
    assert json.loads(said)["why"].startswith("FOLLOW_DEAD_AFTER_S: dead_after_s = -1: it must be")


def test_a_node_by_itself_needs_its_addresses(tmp_path: Path) -> None:
    code, said = tried("watchdog", data=tmp_path)
    assert code == 2
    assert "sockets: the watchdog needs an entry 'watchdog'" in json.loads(said)["why"]


def test_a_taken_port_is_one_and_said_in_one_line(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        code, said = tried("processor", data=tmp_path, variables={"FOLLOW_SOCKETS": json.dumps({"processor": port})})
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in json.loads(said)["why"]


def test_a_database_that_is_none_is_one_and_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "inbox.sqlite").write_bytes(b"no database" * 1000)
    (tmp_path / "inbox.sqlite").chmod(0o600)  # what others could read would be narrowed, and that is said, too
    (port,) = free_ports(1)
    code, said = tried("processor", data=tmp_path, variables={"FOLLOW_SOCKETS": json.dumps({"processor": port})})
    assert code == 1
    assert json.loads(said)["event"] == "cannot start"
    assert json.loads(said)["why"].startswith(f"{tmp_path / 'inbox.sqlite'}: file is not a database: ")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["up", "--port", "x"], ["account", "add"]])
def test_wrong_arguments_are_two(tmp_path: Path, arguments: list[str]) -> None:
    assert tried(*arguments, data=tmp_path)[0] == 2
