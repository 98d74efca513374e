"""A history is judged by the scenario, the roster and the environment that its run was sealed with, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.judging.judge import judge
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from tests.unit.judged_nights import night, without

SEALED = "is not as it was when the run sealed it"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = night(tmp_path, without(kind="alarm"))
    assert judge(made).verdict is Verdict.FAIL
    return made


@pytest.mark.clause("V10")
def test_a_roster_without_phones_that_nobody_told_is_no_pass(folder: RunFolder) -> None:
    said = json.loads(folder.roster.read_text())
    said["phones"] = said["phones"][:1]
    folder.roster.write_text(json.dumps(said))
    refused(folder, "roster.json")


@pytest.mark.clause("V10")
def test_a_milder_scenario_is_no_pass(folder: RunFolder) -> None:
    lines = folder.scenario.read_text().splitlines()
    folder.scenario.write_text("\n".join(line for line in lines if "no_data_deadline" not in line))
    refused(folder, "scenario.yaml")


@pytest.mark.clause("V10")
def test_another_speed_of_the_clock_is_no_pass(folder: RunFolder) -> None:
    said = json.loads(folder.environment.read_text())
    said["clock"]["speed"] = 45
    folder.environment.write_text(json.dumps(said))
    refused(folder, "environment.json")


def refused(folder: RunFolder, name: str) -> None:
    judgement = judge(folder)
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"{name}: {SEALED}" in [doubt.what for doubt in judgement.doubts]
