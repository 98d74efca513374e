"""What an engine sees of the fleet: command lines, plan, status files."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.fleet.process.fleet_plan import read_plan
from deadair.fleet.process.launch import (
    FleetPlan,
    FleetStatus,
    LoadPlan,
    LoadStatus,
    fleet_argv,
    load_argv,
    load_status_path,
    plan_path,
    push_gateway_argv,
    read_load_status,
    read_status,
    write_plan,
)
from deadair.fleet.process.status_files import write_status
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder

LOAD = LoadPlan(
    fault_id="f2",
    kind="overload",
    where="gateway",
    amount=10,
    lasts_us=60_000_000,
    base_requests_per_s=2.0,
    accounts=("load-f2-0",),
)
PLAN = FleetPlan(
    target="reference", speed=60, seed=42, reading_every_us=1, poll_every_us=1, limit_us=1, load=(LOAD,), channels=()
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "run")
    run.create()
    return run


def test_a_plan_survives_its_file(folder: RunFolder) -> None:
    write_plan(folder, PLAN)
    assert read_plan(folder) == PLAN
    assert read_plan(folder).load_of("f2") == LOAD


def test_a_fault_without_a_plan_is_told() -> None:
    with pytest.raises(HarnessError, match="no load fault f9"):
        PLAN.load_of("f9")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"target": "reference"}', '{"speed": -1}'])
def test_a_broken_plan_is_one_sentence(folder: RunFolder, text: str) -> None:
    plan_path(folder).write_text(text)
    with pytest.raises(HarnessError, match="is not a fleet plan"):
        read_plan(folder)


def test_a_missing_plan_is_one_sentence(folder: RunFolder) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_plan(folder)


def test_statuses_survive_their_files(folder: RunFolder) -> None:
    fleet = FleetStatus(
        running=True,
        begin_us=0,
        at_us=1,
        phones=2,
        fresh=3,
        blind=4,
        presenting=5,
        open=6,
        alerted=7,
        late=8,
        lag_ms_p99=0.5,
    )
    load = LoadStatus(ready=True, offered=1, answered=2, accepted=3, done=False)
    write_status(folder.fleet_status, fleet)
    write_status(load_status_path(folder, "f2"), load)
    assert read_status(folder.fleet_status) == fleet
    assert read_load_status(load_status_path(folder, "f2")) == load


@pytest.mark.parametrize("content", [b"", b"{}", b"{", b"\xff"])
def test_a_status_that_is_none_reads_as_none(folder: RunFolder, content: bytes) -> None:
    assert read_status(folder.fleet_status) is None
    folder.fleet_status.write_bytes(content)
    assert read_status(folder.fleet_status) is None


def test_command_lines_name_the_folder(folder: RunFolder) -> None:
    root = str(folder.root)
    assert fleet_argv(folder)[1:] == ["-m", "deadair.fleet.process.locustfile", root]
    assert load_argv(folder, "f2")[1:] == ["-m", "deadair.fleet.process.locustfile", root, "--load", "f2"]
    assert push_gateway_argv(folder)[1:] == ["-m", "deadair.fleet.channels.push_gateway", root]
