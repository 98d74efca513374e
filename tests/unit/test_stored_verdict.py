"""A stored verdict is taken only if it can be the run's own: an edited or copied one is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.reporting.report_files import write_reports
from tests.unit.run_folder_builder import build, judgement_of


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run that failed and one that passed, once; each test changes copies."""
    root = tmp_path_factory.mktemp("runs")
    for made in (build(root / "failed", devices=8, unalerted=("west",)), build(root / "passed", devices=8)):
        write_reports(made, judgement_of(made))
    return root


@pytest.fixture
def folder(runs: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(runs / "failed", tmp_path / "failed")))


def change(folder: RunFolder, **said: object) -> None:
    folder.verdict.write_text(json.dumps(json.loads(folder.verdict.read_text()) | said))


def refusal(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> str:
    assert command(["report", str(folder.root)]) == Exit.HARNESS
    return capsys.readouterr().err


def test_the_runs_own_is_taken(folder: RunFolder) -> None:
    assert command(["report", str(folder.root)]) == Exit.VIOLATED


def test_one_that_its_own_findings_contradict_is_not(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, verdict="pass")
    assert "it says pass over findings that say worse; `deadair check` judges a run anew" in refusal(folder, capsys)


def test_one_of_another_history_is_not(
    folder: RunFolder, passed: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.verdict.write_bytes(passed.verdict.read_bytes())
    assert "it is not the verdict of the history beside it" in refusal(folder, capsys)


def test_one_of_a_later_format_is_not(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, format=7)
    assert "cannot be read" in refusal(folder, capsys)


@pytest.fixture
def passed(runs: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(runs / "passed", tmp_path / "passed")))


def test_a_pass_is_taken_too(passed: RunFolder) -> None:
    assert command(["report", str(passed.root)]) == Exit.PASS


def test_a_pass_that_no_rule_found_is_not(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    change(passed, findings=[])
    assert "it says pass, and no rule found anything" in refusal(passed, capsys)


def test_less_than_nothing_was_never_judged(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    findings = json.loads(passed.verdict.read_text())["findings"]
    change(passed, findings=[{**findings[0], "judged": -5}, *findings[1:]])
    assert "cannot be read" in refusal(passed, capsys)


@pytest.mark.parametrize("lost", ["ledger", "roster", "environment"])
def test_a_pass_is_not_beside_what_is_damaged(passed: RunFolder, lost: str, capsys: pytest.CaptureFixture[str]) -> None:
    getattr(passed, lost).unlink()
    assert "it says pass, but " in refusal(passed, capsys)


def test_a_pass_is_not_one_over_what_the_run_has_not_seen(
    passed: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads(passed.verdict.read_text())
    change(passed, doubts=[{"kind": "coverage", "what": "250 silences were promised and 40 could be judged"}])
    assert "it says pass, but 250 silences were promised" in refusal(passed, capsys)
    for unseen in ("proved", "heal_proved"):
        change(passed, doubts=[], faults=[{**before["faults"][0], unseen: False}, *before["faults"][1:]])
        assert "it says pass, but f1: bytes stood still" in refusal(passed, capsys)
    change(passed, faults=before["faults"])
    assert command(["report", str(passed.root)]) == Exit.PASS


def test_a_pass_of_a_run_that_was_to_be_ended_is_not_told_again(
    passed: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    passed.abort_request.write_text("Ctrl-C")
    assert "it says pass, but the run was to be ended (Ctrl-C)" in refusal(passed, capsys)


def test_a_fail_stays_one_beside_what_is_damaged(folder: RunFolder) -> None:
    folder.ledger.unlink()
    assert command(["report", str(folder.root)]) == Exit.VIOLATED
