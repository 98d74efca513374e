"""Runs that were stored in format 1 are read as those of today; scenario files in its words are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deadair.cli import command
from deadair.history.manifest import MANIFEST, seal
from deadair.judging.format_1 import load_stored, stored_verdict
from deadair.model.errors import ScenarioError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.scenario.load import load
from tests.unit.run_folder_builder import LEDGER
from tests.unit.scenario_texts import PLAIN, changed, read
from tests.unit.stored_evidence import SMALL

PROMISED = "promises: {silences: 2, alert_paths: [phone_timer]}\nchecks:"
TODAY = changed("checks:", PROMISED).replace("no_data_deadline}", "no_data_deadline, alert_paths: [service_push]}")
STORED = TODAY.replace("silences: 2, alert_paths", "silences: 2, told_by").replace(
    "deadline, alert_paths", "deadline, paths"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_stored_scenario_says_what_it_would_say_today(tmp_path: Path) -> None:
    assert STORED != TODAY
    assert load_stored(written(tmp_path, STORED)) == read(TODAY)


def test_a_stored_scenario_of_today_is_read_as_it_is(tmp_path: Path) -> None:
    assert load_stored(written(tmp_path, TODAY)) == read(TODAY)


@pytest.mark.parametrize("name", ["paths", "told_by"])
def test_a_cohort_keeps_its_name(tmp_path: Path, name: str) -> None:
    assert name in load_stored(written(tmp_path, changed("{south:", f"{{{name}: 10%, south:"))).fleet.cohorts


@pytest.mark.parametrize("text", ["", "[1]", "checks: 3", "promises: []", PLAIN.replace("checks:", "cheks:")])
def test_what_is_no_scenario_stays_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError):
        load_stored(written(tmp_path, text))


def test_the_same_file_is_refused_where_somebody_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, STORED))
    said = [line.split(": ", 2)[1:] for line in str(caught.value).splitlines()]
    assert said == [
        ["promises.told_by", "`told_by` is now called `alert_paths`"],
        ["checks[0].paths", "`paths` is now called `alert_paths`"],
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Run the small night in virtual time and put what it left into the words of format 1."""
    root = tmp_path_factory.mktemp("made")
    path = root / "small.yaml"
    path.write_text(SMALL, "utf-8")
    assert command(["run", str(path), "--engine", "simulated", "--reports", str(root / "reports")]) == Exit.PASS
    folder = RunFolder((root / "reports/latest").resolve())
    text = folder.scenario.read_text("utf-8")
    text = text.replace("silences: 3, alert_paths", "silences: 3, told_by").replace("5m, alert_paths", "5m, paths")
    assert "alert_paths" not in text
    folder.scenario.write_text(text, "utf-8")
    (folder.history / MANIFEST).unlink()
    seal(folder.history)
    folder.verdict.write_text(json.dumps(in_format_1(json.loads(folder.verdict.read_bytes()))), "utf-8")
    return folder


def in_format_1(said: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict of today as the version before wrote it."""
    silences, tallies, faults = said["silences"], said.pop("alert_paths"), said["faults"]
    silences["told_in_time"], silences["latency_s"] = silences.pop("alerted_in_time"), silences.pop("time_to_alert_s")
    said["paths"] = {
        path: {"told_in_time": tally["alerted_in_time"], "told_first": tally["alerted_first"]}
        for path, tally in tallies.items()
    }
    for fault in faults:
        fault["harm"] = fault.pop("blast_radius")
    return {**said, "format": 1}


@pytest.fixture
def stored(made: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(made.root, tmp_path / "reports/small/stored")))


@pytest.mark.parametrize("verb", ["check", "report"])
def test_its_verdict_is_written_in_the_format_of_today_and_its_plan_is_left_alone(stored: RunFolder, verb: str) -> None:
    sealed = stored.scenario.read_bytes()
    assert command([verb, str(stored.root)]) == Exit.PASS
    said = json.loads(stored.verdict.read_bytes())
    assert said["format"] == 2
    assert said["silences"]["alerted_in_time"] == 3
    assert said["silences"]["time_to_alert_s"]["max"] is not None
    assert said["alert_paths"]["service_push"] == {"alerted_in_time": 3, "alerted_first": 3}
    assert said["faults"][0]["blast_radius"].startswith("3 silences began while it lasted, 0 ")
    assert stored.scenario.read_bytes() == sealed
    old = {"told_in_time", "told_first", "latency_s", "harm", "paths"}
    assert not old & {*said, *said["silences"], *said["faults"][0], *said["alert_paths"]["service_push"]}


def test_its_replay_comes_again_bit_for_bit(stored: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    reports = stored.root.parents[1]
    assert command(["replay", str(stored.root), "--reports", str(reports)]) == Exit.PASS
    assert "replay: identical, bit for bit" in capsys.readouterr().out
    again = (reports / "latest/scenario.yaml").read_text("utf-8")
    assert "promises: {silences: 3, alert_paths: [service_push]}" in again


def test_it_can_be_aborted_and_healed(stored: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["abort", str(stored.root)]) == Exit.USAGE
    assert "this run has ended; there is nothing to abort" in capsys.readouterr().err
    run_id = json.loads(stored.environment.read_bytes())["run_id"]
    stored.ledger.write_text(
        LEDGER.splitlines()[0].replace("built", run_id) + "\n", "utf-8"
    )  # the runner died, and said nothing of an end
    assert command(["heal", "--reports", str(stored.root.parents[1])]) == Exit.PASS
    assert "nothing is left to heal" in capsys.readouterr().out
    assert '"end"' in stored.ledger.read_text("utf-8").splitlines()[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"silences": [1]},
        {"silences": {"told_in_time": "many"}},
        {"paths": 7},
        {"paths": {"service_push": None}},
        {"faults": {}},
        {"faults": ["f1"]},
    ],
)
def test_a_verdict_that_is_none_stays_none(made: RunFolder, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        stored_verdict(json.dumps(json.loads(made.verdict.read_bytes()) | change).encode())


@pytest.mark.parametrize("data", [b"", b"[1]", b"\xff", b"[" * 5000])
def test_what_is_no_verdict_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        stored_verdict(data)
