"""``up``: all nodes on one machine. They come up together, are started again, and none outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.admin_http import ask
from deadair.targets.reference import Reference
from deadair.targets.request import Answer, Request
from tests.e2e.lone_gateway import LIMIT_S
from tools.up_process import CHEAP, PROGRAM, READY_LIMIT_S, address_of, up_process


@dataclass(frozen=True, slots=True)
class Up:
    """A service that is up; ``line`` is what it said."""

    data: Path
    process: subprocess.Popen[str]
    line: dict[str, Any]

    def address(self, name: str) -> Address:
        return address_of(self.line, name)

    @property
    def secret(self) -> str:
        return (self.data / "inner_secret").read_text()

    def ended(self) -> list[dict[str, Any]]:
        """Return what the log says of nodes that ended."""
        lines = [json.loads(line) for line in (self.data / "log").read_text().splitlines()]
        return [line for line in lines if line["event"] == "a node ended"]


@contextlib.contextmanager
def up(data: Path) -> Iterator[Up]:
    data.mkdir(exist_ok=True)
    with up_process([*PROGRAM, "up", "--data", str(data)], data / "log", CHEAP, end_limit_s=LIMIT_S) as (process, line):
        yield Up(data, process, line)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pids: list[int], limit_s: float) -> None:
    limit = Deadline.after(limit_s)
    while any(alive(pid) for pid in pids):
        assert not limit.passed(), "a node outlives the service"
        pause(0.02)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("up")) as service:
        yield service


def account(data: Path, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "account", *words, "--data", str(data)],
        env={**os.environ, **CHEAP}, input=password, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip


def add_account(data: Path, name: str, password: str) -> subprocess.CompletedProcess[str]:
    return account(data, "add", name, password=password)


def test_one_line_says_where_everything_is(service: Up) -> None:
    assert set(service.line) == {"share_url", "status_url", "admin_url", "push_url", "pids"}
    assert set(service.line["pids"]) == set(Reference.nodes)
    assert all(alive(pid) for pid in service.line["pids"].values())
    assert ask(service.address("admin"), Request("/readyz", method="GET"), LIMIT_S).status == 200
    assert b"All services are working" in ask(service.address("status"), Request("/", method="GET"), LIMIT_S).body
    backlog = Request("/backlog", method="GET", headers=(("x-follow-secret", service.secret),))
    assert ask(service.address("admin"), backlog, LIMIT_S).body == b'{"waiting":0}'


def test_the_nodes_share_a_secret_that_only_the_folders_owner_can_read(service: Up) -> None:
    assert (service.data / "inner_secret").stat().st_mode & 0o777 == 0o600
    assert service.secret not in (service.data / "log").read_text() + json.dumps(service.line)
    environment = Path(f"/proc/{service.line['pids']['watchdog']}/environ").read_text().split("\0")
    (sockets,) = (json.loads(one.partition("=")[2]) for one in environment if one.startswith("FOLLOW_SOCKETS="))
    wrong = (("x-follow-secret", "a guess"),)
    right = (("x-follow-secret", service.secret),)
    for name in sorted(sockets.keys() - {"gateway", "status"}):
        address = Address(port=int(sockets[name].rpartition(":")[2]))
        statuses = [
            ask(address, Request("/nowhere", headers=headers), LIMIT_S).status
            for headers in ((), wrong, right, (*right, ("origin", "http://evil.example")))
        ]
        assert statuses == [403, 403, 404, 403], name
    for name in ("share", "status"):
        for origin, status in (("http://evil.example", 403), (f"http://{service.address(name)}", 404)):
            request = Request("/nowhere", headers=(("origin", origin),))
            assert ask(service.address(name), request, LIMIT_S).status == status, name


def test_an_account_that_is_added_while_it_runs_can_log_in(service: Up) -> None:
    done = add_account(service.data, "grandmother", "söme pass phrase\n")
    assert (done.returncode, done.stderr) == (0, "")
    uploader, nobody = Reference().uploader(), device_client("", "")
    body = {"accountId": done.stdout.strip(), "password": "söme pass phrase", "applicationId": "x"}
    path = "/ShareWebServices/Services/General/LoginPublisherAccountById"
    assert uploader.session(nobody, ask(service.address("share"), Request(path, json.dumps(body).encode()), LIMIT_S))
    assert add_account(service.data, "grandfather", "söme pass phrase").returncode == 0
    by_name = device_client("grandfather", "söme pass phrase")
    assert logged_in(uploader, by_name, lambda one: ask(service.address("share"), one, LIMIT_S))


def test_an_account_that_cannot_be_added_is_refused_in_words(service: Up) -> None:
    assert add_account(service.data, "aunt", "x").returncode == 0
    for name, password, words in (
        ("aunt", "y", "there is an account 'aunt' already"),
        ("uncle", "", "the password must be a text"),
        ("", "y", "NAME must be a text"),
        ("uncle", "y" * 1000, "the password must be a text"),
    ):
        done = add_account(service.data, name, password)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"account add: {words}")


def test_accounts_are_listed_changed_and_removed_while_it_runs(service: Up) -> None:
    assert add_account(service.data, "great-aunt", "old").returncode == 0
    uploader = Reference().uploader()

    def ask_share(request: Request) -> Answer:
        return ask(service.address("share"), request, LIMIT_S)

    def log_in(password: str) -> str:
        client = logged_in(uploader, device_client("great-aunt", password), ask_share)
        return client.session if client else ""

    def ends(session: str) -> None:
        limit = Deadline.after(LIMIT_S)
        path = f"/ShareWebServices/Services/Publisher/IsRemoteMonitoringSessionActive?sessionId={session}"
        while b"SessionIdNotFound" not in ask_share(Request(path)).body:
            assert not limit.passed(), "the session goes on"
            pause(0.05)

    session = log_in("old")
    (line,) = account(service.data, "list", "great-aunt").stdout.splitlines()
    said = json.loads(line)
    assert (said["name"], said["sessions"], said["follows"]) == ("great-aunt", 1, [])
    assert account(service.data, "sessions", "great-aunt").stdout == "1\n"
    assert account(service.data, "sessions", "great-aunt", "--end").returncode == 0
    ends(session)
    session = log_in("old")
    assert account(service.data, "password", "great-aunt", password="new\n").returncode == 0
    ends(session)
    assert log_in("old") == ""
    session = log_in("new")
    assert account(service.data, "remove", "great-aunt").returncode == 0
    ends(session)
    assert log_in("new") == ""
    names = [json.loads(line)["name"] for line in account(service.data, "list").stdout.splitlines()]
    assert "great-aunt" not in names
    assert names == sorted(names)
    for deed in ("list", "password", "remove", "sessions"):
        done = account(service.data, deed, "great-aunt", password="x")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"account {deed}: there is no account 'great-aunt'\n"


def test_a_database_that_is_in_use_is_said_to_be(tmp_path: Path) -> None:
    assert add_account(tmp_path, "aunt", "x").returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "accounts.sqlite")) as held:
        held.execute("BEGIN IMMEDIATE")
        done = account(tmp_path, "remove", "aunt")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "account remove: the database cannot be read or written now (database is locked); try again\n"
    )


def test_a_second_service_on_the_same_folder_is_refused(service: Up) -> None:
    done = subprocess.run(
        [*PROGRAM, "up", "--data", str(service.data)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["why"] == f"another service runs on {service.data}"


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    data = tmp_path / "in-the-way/data"
    done = subprocess.run(
        [*PROGRAM, "up", "--data", str(data)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["why"] == f"--data {data} cannot be used (Not a directory); name another folder"


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite").write_bytes(b"no database at all" * 100)
    done = add_account(tmp_path, "aunt", "x")
    said = json.loads(done.stderr.splitlines()[-1])
    assert (done.returncode, done.stdout, said["event"]) == (1, "", "cannot start")
    assert said["why"].startswith(f"{tmp_path / 'accounts.sqlite'}: file is not a database: ")


def test_a_node_that_dies_is_started_again_and_the_log_says_so(service: Up) -> None:
    os.kill(service.line["pids"]["gateway"], signal.SIGKILL)
    limit = Deadline.after(READY_LIMIT_S)
    while not service.ended():
        assert not limit.passed()
        pause(0.02)
    (said,) = service.ended()
    assert (said["ended"], said["code"]) == ("gateway", -signal.SIGKILL)
    while True:
        with contextlib.suppress(Exception):
            if ask(service.address("admin"), Request("/readyz", method="GET"), 1.0).status == 200:
                break
        assert not limit.passed(), "it was not started again"
        pause(0.05)


def test_all_end_when_it_is_told_to_end_or_is_killed(tmp_path: Path) -> None:
    with up(tmp_path / "killed") as killed:
        killed.process.kill()
        gone(list(killed.line["pids"].values()), 3.0)
    assert add_account(tmp_path / "killed", "added while it is down", "x").returncode == 0
    with up(tmp_path / "killed") as told:
        os.kill(told.line["pids"]["processor"], signal.SIGSTOP)
        told.process.terminate()
        assert told.process.wait(LIMIT_S) == 0
        assert not any(alive(pid) for pid in told.line["pids"].values())
        assert told.ended() == []
