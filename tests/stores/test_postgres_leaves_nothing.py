"""However a PostgreSQL server of a run ends, nothing of it is left: no process, no shared memory, no semaphore."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.injectors.processes import Identity, descendants, find
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.run_folder import RunFolder
from tools.running_postgres import WHY_NONE, RunningPostgres, made_postgres
from tools.small_scenario import small

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(WHY_NONE), reason=WHY_NONE)]

LIMIT_S = 10.0
RUN_LIMIT_S = 120.0


def shared() -> set[str]:
    """Return all shared memory and every semaphore that a server may have left on this machine."""
    listed = [line for kind in ("shm", "sem") for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]]
    return {" ".join(line.split()[:2]) for line in listed} | set(map(str, Path("/dev/shm").glob("PostgreSQL*")))  # noqa: S108


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningPostgres]:
    with made_postgres(tmp_path) as server:
        yield server


def started(server: RunningPostgres) -> tuple[Identity, ...]:
    """Start it, and return every process that it is made of."""
    process = server.start()
    all_of = (process.identity, *descendants(process.identity))
    assert len(all_of) > 4, "those that it works with are not seen"
    return all_of


def wait_until_gone(all_of: tuple[Identity, ...]) -> None:
    limit = Deadline.after(LIMIT_S)
    while left := [one for one in all_of if one.alive()]:
        assert not limit.passed(), f"{left} outlive the server"
        pause(0.02)


@pytest.mark.parametrize("paused", [False, True])
def test_a_server_whose_first_process_is_killed(server: RunningPostgres, paused: bool) -> None:
    before = shared()
    all_of = started(server)
    assert server.process is not None
    if paused:
        server.process.pause()
    server.process.identity.kill()
    wait_until_gone(all_of)
    assert shared() <= before


def test_a_server_that_is_told_to_end_ends_in_order(server: RunningPostgres) -> None:
    before = shared()
    all_of = started(server)
    all_of[0].send(signal.SIGTERM)
    wait_until_gone(all_of)
    assert shared() <= before
    assert "database system is shut down" in server.log.read_text()


def run(folder: Path) -> subprocess.Popen[bytes]:
    text = small().replace("name: reference", "name: reference-postgres")
    (folder / "mini.yaml").write_text(text, "utf-8")
    command = [sys.executable, "-m", "deadair", "run", str(folder / "mini.yaml"), "--reports", str(folder / "reports")]
    with (folder / "out").open("wb") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


def the_run(folder: Path) -> RunFolder:
    (path,) = (folder / "reports").glob("*/2*")
    return RunFolder(path)


def those_of(folder: Path) -> list[int]:
    """Return the ids of all processes that have the folder among their words, or as where they are."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes() + str((entry / "cwd").readlink()).encode()
            except OSError:
                continue
            found += [int(entry.name)] if str(folder / "reports").encode() in words else []
    return found


def test_a_run_that_passes(tmp_path: Path) -> None:
    before = shared()
    process = run(tmp_path)
    try:
        assert process.wait(RUN_LIMIT_S) == 0, (tmp_path / "out").read_text()
    finally:
        process.kill()
        process.wait()
    environment = Environment.model_validate_json(the_run(tmp_path).environment.read_text())
    assert find(environment.run_id) == ()
    assert those_of(tmp_path) == []
    assert shared() <= before
    assert "postgresql://" not in "".join(path.read_text() for path in the_run(tmp_path).logs.glob("*.log"))


def test_a_run_whose_runner_is_killed(tmp_path: Path) -> None:
    before = shared()
    process = run(tmp_path)
    try:
        limit = Deadline.after(RUN_LIMIT_S)
        while "warm-up" not in (tmp_path / "out").read_text():
            assert not limit.passed(), (tmp_path / "out").read_text()
            pause(0.05)
    finally:
        process.kill()
        process.wait()
    limit = Deadline.after(LIMIT_S)
    while left := those_of(tmp_path):
        assert not limit.passed(), f"{left} outlive the run"
        pause(0.05)
    assert shared() <= before
