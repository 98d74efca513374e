"""A build that alerts a minute later is caught by a baseline and by a comparison; good runs are not. Virtual time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.verdict import Exit
from tools.small_scenario import small

SEEDS = (1, 2, 3)
LATER = ("--defect", "thinks-it-over")


def run(scenario: Path, reports: Path, seed: int, *more: str) -> Exit:
    """Run it in virtual time."""
    asked = ("--engine", "simulated", "--reports", str(reports), "--seed", str(seed))
    return Exit(command(["run", str(scenario), *asked, *more]))


def only_run(reports: Path) -> str:
    """Return the one run folder below a folder of reports."""
    (folder,) = (reports / "mini").iterdir()
    return str(folder)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "mini.yaml"
    path.write_text(small(), "utf-8")
    return path


@pytest.fixture(scope="module")
def good(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three passed runs of the good build."""
    folders = [tmp_path_factory.mktemp(f"good{seed}") for seed in SEEDS]
    for seed, folder in zip(SEEDS, folders, strict=True):
        assert run(scenario, folder, seed) is Exit.PASS
    return [only_run(folder) for folder in folders]


def test_a_baseline_catches_what_every_rule_lets_pass(
    scenario: Path, good: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert command(["baseline", *good]) == Exit.PASS
    path = tmp_path / "baseline.json"
    path.write_text(capsys.readouterr().out, "utf-8")
    with_it = ("--baseline", str(path))
    assert run(scenario, tmp_path / "good", 4, *with_it) is Exit.PASS
    assert run(scenario, tmp_path / "late", 5, *LATER) is Exit.PASS
    capsys.readouterr()
    assert run(scenario, tmp_path / "caught", 5, *LATER, *with_it) is Exit.VIOLATED
    said = " ".join(capsys.readouterr().out.split())
    assert "baseline: mini: later: the median time to alert is" in said
    (gate,) = (tmp_path / "caught" / "_gate").iterdir()
    assert json.loads((gate / "verdict.json").read_text("utf-8"))["verdict"] == "fail"
    assert 'failures="1"' in (gate / "junit.xml").read_text("utf-8")


def test_two_runs_are_compared_as_text_json_and_page(
    scenario: Path, good: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(scenario, tmp_path / "late", 5, *LATER) is Exit.PASS
    late, page = only_run(tmp_path / "late"), tmp_path / "page.html"
    capsys.readouterr()
    assert command(["compare", good[0], good[1]]) == Exit.PASS
    assert "same: the median time to alert is" in capsys.readouterr().out
    assert command(["compare", good[0], late, "--json", "--page", str(page)]) == Exit.VIOLATED
    said = json.loads(capsys.readouterr().out)
    assert (said["change"], said["allowed_s"]) == ("later", 30.0)
    assert said["after_s"] - said["before_s"] > 30
    text = page.read_text("utf-8")
    assert "Time to alert, after" in text
    assert text.count("<svg") >= 2


def test_a_baseline_of_too_few_runs_is_refused(good: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["baseline", *good[:2]]) == Exit.USAGE
    assert "a baseline needs 3 at least" in " ".join(capsys.readouterr().err.split())
