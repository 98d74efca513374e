"""Who knows only the ledger removes what a dead run left in Docker, and says what it cannot remove."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.healing import Healer, broken_run
from deadair.injectors.injector import Break
from deadair.model.clock import Deadline, pause
from deadair.rescue import heal
from deadair.runtimes.container_node import ContainerNode
from deadair.runtimes.container_plan import ContainerPlan
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_cleanup import remove_run
from deadair.runtimes.docker_engine import LABEL, DockerEngine
from tests.containers.conftest import left
from tests.e2e.run_parts import RunParts

pytestmark = pytest.mark.live

GONE_LIMIT_S = 5.0
PAUSE = Break("pauses", "stop", "api")


class DeadRun:
    """A run whose runner is dead, with a network, a volume and a container that still works."""

    def __init__(self, reports: Path, engine: DockerEngine, image: str, *, socket: str = SOCKET) -> None:
        self.parts = RunParts(reports / "trial" / f"run-{secrets.token_hex(3)}")
        self.parts.runner_is(None)
        self.parts.ledger.write("runtime", name="docker", socket=socket)
        self.run_id, labels = self.parts.run_id, {LABEL: self.parts.run_id}
        self.engine = engine
        engine.make_network(f"deadair-{self.run_id[-8:]}", labels)
        engine._ask("for a volume", lambda api: api.create_volume(f"v-{self.run_id[-8:]}", labels=labels))
        plan = ContainerPlan(f"deadair-{self.run_id[-8:]}", image, network=f"deadair-{self.run_id[-8:]}")
        self.life = ContainerNode.started(engine, "api", engine.create(plan, labels))

    def healer(self) -> Healer:
        lines = ledger.read(self.parts.folder.ledger)
        run = broken_run(self.parts.folder, lines, run_id=self.run_id, speed=60)
        return Healer(run, self.parts.ledger)


@pytest.fixture
def dead(tmp_path: Path, engine: DockerEngine, image: str) -> Iterator[DeadRun]:
    made = DeadRun(tmp_path, engine, image)
    assert set(left(engine, made.run_id)) == {"containers", "networks", "volumes"}
    yield made
    made.parts.close()
    assert remove_run(SOCKET, made.run_id) == []


def test_the_guardian_removes_all_of_it_within_five_seconds(dead: DeadRun) -> None:
    limit = Deadline.after(GONE_LIMIT_S)
    folder = dead.parts.folder
    guarded = subprocess.run(
        [sys.executable, "-m", "deadair.guardian", str(folder.root)], timeout=30, capture_output=True, check=False
    )
    assert guarded.returncode == 0, guarded.stderr.decode()
    assert left(dead.engine, dead.run_id) == {}
    assert not limit.passed()
    assert ledger.newest(ledger.read(folder.ledger), "end") is not None


def test_heal_removes_it_later_and_says_so(dead: DeadRun, tmp_path: Path) -> None:
    dead.parts.ledger.write_break("break", "f1", PAUSE)
    dead.life.pause()
    healing = heal(tmp_path)
    assert healing.whole, healing.lines
    assert "1 of 1 break healed" in healing.lines[0]
    assert left(dead.engine, dead.run_id) == {}


def test_what_stands_still_goes_on_while_the_run_lives(dead: DeadRun) -> None:
    dead.life.pause()
    outcome = dead.healer().undo([("f1", PAUSE)])
    assert (outcome.healed, outcome.not_healed, outcome.stopped_for) == (1, (), "")
    assert (dead.life.stands_still(), dead.life.alive()) == (False, True)


def test_what_cannot_be_removed_is_said_and_the_run_has_not_ended(
    tmp_path: Path, engine: DockerEngine, image: str
) -> None:
    run = DeadRun(tmp_path, engine, image, socket=str(tmp_path / "no.sock"))
    try:
        healing = heal(tmp_path)
        assert not healing.whole
        assert "cannot be looked for (there is no Docker engine" in healing.lines[-1]
        assert "`deadair heal` tries again" in healing.lines[-1]
        assert ledger.newest(ledger.read(run.parts.folder.ledger), "end") is None
        assert left(engine, run.run_id)
    finally:
        run.parts.close()
        assert remove_run(SOCKET, run.run_id) == []


def test_a_run_of_a_runtime_that_this_version_has_not_is_left_to_another(tmp_path: Path) -> None:
    parts = RunParts(tmp_path / "trial" / "run")
    parts.runner_is(None)
    parts.ledger.write("runtime", name="pods")
    healing = heal(tmp_path)
    parts.close()
    assert not healing.whole
    assert "this version has no runtime 'pods'" in healing.lines[-1]


def test_a_paused_container_is_removed_too(dead: DeadRun) -> None:
    dead.life.pause()
    assert remove_run(SOCKET, dead.run_id) == []
    limit = Deadline.after(GONE_LIMIT_S)
    while dead.life.alive():
        assert not limit.passed()
        pause(0.02)
