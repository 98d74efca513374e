"""What a process of the fleet reads before it begins: also the target's own file, which must be the one of the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.fleet.process.fleet_plan import FleetPlan, write_plan
from deadair.fleet.process.launch import PASSWORD_VARIABLE
from deadair.fleet.runtime import Orders
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.run_folder import RunFolder
from deadair.targets.described.target_yaml import read_target
from tests.unit.judged_nights import environment, roster
from tests.unit.target_texts import CRIB, changed, folder_of


@pytest.fixture
def target_folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, target_folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv(PASSWORD_VARIABLE, "sesame")
    made = RunFolder(tmp_path / "run")
    made.root.mkdir()
    made.create()
    made.environment.write_text(environment().model_dump_json())
    made.roster.write_text(roster().to_json())
    plan(made, target_folder, read_target(target_folder).sha256)
    return made


def plan(folder: RunFolder, target_folder: Path, sha256: str) -> None:
    times = {"reading_every_us": 60_000_000, "poll_every_us": 60_000_000, "limit_us": 300_000_000}
    about = {"target": "crib", "target_folder": target_folder, "target_sha256": sha256}
    write_plan(folder, FleetPlan.model_validate({**about, **times, "speed": 1, "seed": 1, "channels": ()}))


def test_the_target_of_the_plan_is_read_by_its_folder(folder: RunFolder, target_folder: Path) -> None:
    orders = Orders.read(folder)
    assert (orders.target.name, orders.target.folder, orders.password) == ("crib", target_folder, "sesame")


def test_a_target_that_has_changed_since_the_run_began_is_no_target(folder: RunFolder, target_folder: Path) -> None:
    folder_of(target_folder.parent, changed(("child", "kid"), text=CRIB))
    with pytest.raises(HarnessError, match="crib has changed since the run began: leave it alone while a run lasts"):
        Orders.read(folder)
    (target_folder / "target.yaml").unlink()
    with pytest.raises(ScenarioError, match="it cannot be read"):
        Orders.read(folder)
