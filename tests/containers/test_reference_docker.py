"""The reference in containers: it passes where it should, its defects are caught, and nothing of a run stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deadair import ledger
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.run_folder import RunFolder
from deadair.runtimes.docker_engine import DockerEngine
from deadair.targets.reference_docker import image_name
from tests.containers.conftest import left

pytestmark = pytest.mark.live

RUN_LIMIT_S = 240.0
GONE_LIMIT_S = 5.0
"""How long after the death of its runner a run may leave anything."""
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _image(engine: DockerEngine) -> None:
    own_image(engine)


def own_image(engine: DockerEngine) -> str:
    """Return the image of this very service; building it takes a minute, and three where a base is made."""
    if engine.image(image_name()) is None:
        built = subprocess.run(
            [REPOSITORY / "docker/build.sh"],
            env={**os.environ, "PYTHON": sys.executable},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert built.returncode == 0, built.stdout.decode()[-2000:]
    assert engine.image(image_name()) is not None, "docker/build.sh built another service than this one"
    return image_name()


def run(reports: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a run of a scenario."""
    told = ("--target", "reference-docker", "--reports", str(reports))
    command = [sys.executable, "-m", "deadair", "run", *arguments, *told]
    with (reports.parent / "said").open("wb") as said:
        return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)


def made(engine: DockerEngine, reports: Path) -> dict[str, list[str]]:
    """Whatever the newest run has made and not removed; other runs may go on beside it."""
    environment = Environment.model_validate_json((reports / "latest/environment.json").read_bytes())
    return left(engine, environment.run_id)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("smoke/kill",), 0), (("smoke/partition", "--defect", "disarmed-by-stored"), 1)],
    ids=["a node dies and comes back", "a planted defect"],
)
def test_the_reference_is_judged_in_containers_as_it_is_as_processes(
    tmp_path: Path, engine: DockerEngine, arguments: tuple[str, ...], code: int
) -> None:
    runner = run(tmp_path / "reports", *arguments)
    assert runner.wait(RUN_LIMIT_S) == code, (tmp_path / "said").read_text()
    assert made(engine, tmp_path / "reports") == {}
    (log,) = (tmp_path / "reports").glob("*/*/logs/watchdog.log")
    assert log.read_text()


def test_nothing_stays_of_a_run_whose_runner_was_killed_in_mid_storm(tmp_path: Path, engine: DockerEngine) -> None:
    runner = run(tmp_path / "reports", "smoke/partition")
    limit = Deadline.after(RUN_LIMIT_S)
    while b"f1 begins" not in (tmp_path / "said").read_bytes():
        assert not limit.passed() and runner.poll() is None, (tmp_path / "said").read_text()
        pause(0.05)
    assert made(engine, tmp_path / "reports")["containers"]
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait(5)
    limit = Deadline.after(GONE_LIMIT_S)
    while left_over := made(engine, tmp_path / "reports"):
        assert not limit.passed(), left_over
        pause(0.05)
    (folder,) = (tmp_path / "reports" / "partition").iterdir()
    ended = Deadline.after(GONE_LIMIT_S)
    while (line := ledger.newest(ledger.read(RunFolder(folder).ledger), "end")) is None:
        assert not ended.passed()
        pause(0.05)
    assert line.by == "guardian"
