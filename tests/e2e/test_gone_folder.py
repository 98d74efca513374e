"""Folders that are odd: the one that one stands in may be gone, and one for reports may have a name that is no text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tools.small_scenario import Ended, deadair, written


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[Path]:
    before, folder = Path.cwd(), tmp_path / "gone"
    folder.mkdir()
    os.chdir(folder)
    folder.rmdir()
    yield folder
    os.chdir(before)


@pytest.mark.usefixtures("gone")
def test_a_run_with_paths_in_full_is_a_run(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    ended: Ended = deadair(["run", written(tmp_path), "--engine", "simulated", "--reports", reports], os.environ)
    assert (ended.code, ended.err.count("deadair:")) == (Exit.PASS, 0), ended
    assert "could not be drawn" not in (reports / "latest/report.html").read_text("utf-8")
    assert deadair(["check", reports / "latest"], os.environ).code == Exit.PASS


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("arguments", [["check", "latest"], ["check", "a/run"], ["doctor"]])
def test_a_path_from_nowhere_is_bad_usage_in_words(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(arguments) == Exit.USAGE
    said = capsys.readouterr().err
    assert said == "deadair: the current folder is gone: change to one that is there, or name every path in full\n"


def test_a_folder_whose_name_is_no_text_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = tmp_path / "r\udcff"
    arguments = ["run", str(written(tmp_path)), "--engine", "simulated", "--reports", str(reports)]
    assert command(arguments) == Exit.USAGE
    assert "r\\udcff/mini: the name of this folder is no UTF-8 text; name another" in capsys.readouterr().err
    assert not reports.exists()
    assert command(["check", str(reports)]) == Exit.USAGE


@pytest.mark.usefixtures("gone")
def test_a_run_folder_is_shown_in_full(tmp_path: Path) -> None:
    assert RunFolder(tmp_path / "run").shown == str(tmp_path / "run")
