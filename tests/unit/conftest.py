"""What several files of these tests begin with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.faults.fault import Proof, Sighting
from deadair.faults.partition import Partition
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.reporting import charts
from tests.unit.runner_stand_in import Runner, standing_in
from tests.unit.simulated_world import World
from tests.unit.stored_evidence import SMALL, soon


@pytest.fixture
def world() -> Iterator[World]:
    made = World(delay_s=0.25)
    yield made
    made.loop.abandon()
    assert made.loop.crashes == []


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.abandon()


@pytest.fixture
def threads() -> GreenThreads:
    return GreenThreads(VirtualLoop())


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    return standing_in(monkeypatch)


@pytest.fixture
def _quick_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawing engine out, where a test is not about the charts."""
    monkeypatch.setattr(charts, "svg", lambda spec, label: "<svg></svg>")


@pytest.fixture
def partitions_proved_by_one_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging must not depend on what a partition's own signature is made of."""

    def prove(_: Partition, sightings: Sequence[Sighting]) -> Proof:
        stalled = {sighting.when: sighting.look.facts["stalled"] for sighting in sightings}
        return Proof(bool(stalled["during"]), not stalled["after"], "bytes stalled, then flowed")

    monkeypatch.setattr(Partition, "prove", prove)


@pytest.fixture(scope="session")
def stored_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a small night in virtual time, ``passed`` and, with a planted defect, ``failed``."""
    root = tmp_path_factory.mktemp("runs")
    path = root / "small.yaml"
    path.write_text(SMALL, "utf-8")
    for name, more, code in (
        ("passed", (), Exit.PASS),
        ("failed", ("--defect", "disarmed-by-stored"), Exit.VIOLATED),
    ):
        made = root / name
        assert command(["run", str(path), "--engine", "simulated", "--reports", str(made), *more]) == code
        shutil.copytree((made / "latest").resolve(), root / "kept" / name)
    return root / "kept"


@pytest.fixture
def failed(stored_runs: Path, tmp_path: Path) -> RunFolder:
    """A copy of a stored run that failed."""
    return RunFolder(Path(shutil.copytree(stored_runs / "failed", tmp_path / "runs/small/failed")))


@pytest.fixture
def passed(stored_runs: Path, tmp_path: Path) -> RunFolder:
    """A copy of a stored run that passed."""
    return RunFolder(Path(shutil.copytree(stored_runs / "passed", tmp_path / "runs/small/passed")))


@pytest.fixture
def in_time() -> Iterator[None]:
    """Let what hangs fail."""
    with soon():
        yield
