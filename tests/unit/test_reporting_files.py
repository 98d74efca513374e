"""The files of a run folder: whole or not at all, and a clear sentence when the disk refuses."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any, NoReturn

import pytest

from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement, Silences, TimeToAlert
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit, Verdict
from deadair.reporting import charts, html
from deadair.reporting import report_files as write
from deadair.reporting.report_files import write_gate, write_reports
from tests.unit.run_folder_builder import build, judgement_of

pytestmark = pytest.mark.usefixtures("_quick_drawing")


def test_all_four_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=20)
    before = {path.name for path in folder.root.iterdir()}
    judgement = judgement_of(folder)
    write_reports(folder, judgement)
    written = {path.name for path in folder.root.iterdir()} - before
    assert written == {"verdict.json", "junit.xml", "summary.md", "report.html"}
    assert Judgement.model_validate_json(folder.verdict.read_bytes()) == judgement


def test_writing_again_replaces_the_files_whole(tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=8)
    folder.verdict.write_text("x" * 1_000_000)
    judgement = judgement_of(folder)
    write_reports(folder, judgement)
    assert json.loads(folder.verdict.read_text())["verdict"] == judgement.verdict


def test_what_json_cannot_say_is_null_and_a_lone_surrogate_is_an_escape(tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=8)
    odd = Silences(count=1, time_to_alert_s=TimeToAlert(p50=float("nan"), p99=float("inf"), max=None))
    write_reports(folder, judgement_of(folder, silences=odd, why="a \ud800 b → c"))
    said = json.loads(folder.verdict.read_text("utf-8"))
    assert said["silences"]["time_to_alert_s"] == {"p50": None, "p99": None, "max": None}
    assert said["why"] == "a \ud800 b → c"


def _refusing(number: int) -> Any:
    def refuse(fd: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full: free some space"),
        (errno.EROFS, "cannot be written: make it writable"),
        (errno.EIO, "check the disk"),
    ],
)
def test_a_disk_that_refuses_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    folder = build(tmp_path / "run", devices=8)
    folder.verdict.write_text("the old one")
    judgement = judgement_of(folder)
    monkeypatch.setattr(os, "fsync", _refusing(number))
    with pytest.raises(HarnessError) as caught:
        write_reports(folder, judgement)
    assert str(folder.verdict) in str(caught.value)
    assert sentence in str(caught.value)
    assert folder.verdict.read_text() == "the old one"
    assert not list(folder.root.glob(".*.part"))


def test_a_folder_that_is_gone_is_a_harness_error(tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=8)
    judgement = judgement_of(folder)
    with pytest.raises(HarnessError, match="nowhere"):
        write_reports(RunFolder(tmp_path / "nowhere"), judgement)


def test_the_verdict_is_on_disk_before_the_page_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build(tmp_path / "run", devices=8)

    def broken(folder: RunFolder, judgement: Judgement) -> NoReturn:
        raise RuntimeError("no page today")

    monkeypatch.setattr(html, "render", broken)
    with pytest.raises(RuntimeError, match="no page today"):
        write_reports(folder, judgement_of(folder))
    assert folder.verdict.is_file()
    assert folder.junit.is_file()
    assert folder.summary.is_file()


def test_a_gate_holds_all_runs_and_the_worst_verdict(tmp_path: Path) -> None:
    good = build(tmp_path / "reports" / "calm" / "one", devices=8)
    bad = build(tmp_path / "reports" / "rough" / "two", devices=8, unalerted=("west", "east", "south"))
    runs = [(good, judgement_of(good)), (bad, judgement_of(bad, scenario="rough"))]
    gate = write_gate(tmp_path / "reports", runs, [], Exit.VIOLATED)
    assert gate.parent == tmp_path / "reports" / "_gate"
    said = json.loads((gate / "verdict.json").read_text())
    assert (said["verdict"], said["exit"]) == ("fail", 1)
    assert [run["verdict"] for run in said["runs"]] == ["pass", "fail"]
    assert [(gate / run["run"]).resolve() for run in said["runs"]] == [good.root, bad.root]
    assert (gate / "junit.xml").read_bytes().count(b"<testsuite ") == 2
    assert "../../rough/two/report.html" in (gate / "summary.md").read_text()


def test_a_scenario_that_never_ran_is_not_green_in_any_file(tmp_path: Path) -> None:
    good = build(tmp_path / "reports" / "calm" / "one", devices=8)
    passed = judgement_of(good)
    lost = passed.model_copy(update={"verdict": Verdict.UNKNOWN, "why": "no port is free", "findings": ()})
    gate = write_gate(tmp_path / "reports", [(good, passed)], [lost], Exit.HARNESS)
    said = json.loads((gate / "verdict.json").read_text())
    assert (said["verdict"], said["exit"]) == ("unknown", 4)
    assert b"<error" in (gate / "junit.xml").read_bytes()
    assert "no port is free" in (gate / "summary.md").read_text()


def test_two_gates_of_one_second_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "utc_stamp", lambda: "20191130T060000Z")
    first, second = (write_gate(tmp_path, [], [], Exit.UNKNOWN) for _ in range(2))
    assert (first.name, second.name) == ("20191130T060000Z", "20191130T060000Z-2")
    assert json.loads((first / "verdict.json").read_text())["verdict"] == Verdict.UNKNOWN


def test_a_gate_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "_gate").write_text("in the way")
    with pytest.raises(HarnessError, match="--reports DIR"):
        write_gate(tmp_path, [], [], Exit.UNKNOWN)


class Panic(BaseException):
    """What a drawing engine raises that crashed in another language: no Exception."""


def out_of_ink(spec: object, label: str) -> NoReturn:
    raise Panic("out of ink")


def test_a_page_without_charts_never_takes_the_place_of_one_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "run", devices=8)
    judgement = judgement_of(folder)
    assert write_reports(folder, judgement) == ()
    whole = folder.report.read_bytes()
    monkeypatch.setattr(charts, "svg", out_of_ink)
    (said,) = write_reports(folder, judgement)
    assert re.search(r"report\.html: \d+ charts could not be drawn now; the page that was there is kept", said)
    assert folder.report.read_bytes() == whole
    # A page of another verdict is no longer true, whatever it shows.
    (said,) = write_reports(folder, judgement.at_least(Verdict.ABORTED, "asked for"))
    assert "the page says why" in said
    assert "This chart could not be drawn (out of ink)" in folder.report.read_text("utf-8")


def test_a_page_without_charts_is_written_where_there_is_none_and_gives_way_to_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "run", devices=8)
    judgement = judgement_of(folder)
    with monkeypatch.context() as broken:
        broken.setattr(charts, "_drawn", out_of_ink)
        (said,) = write_reports(folder, judgement)
        assert "could not be drawn; the page says why" in said
        assert write_reports(folder, judgement) == (said,)
    assert write_reports(folder, judgement) == ()
    assert "could not be drawn" not in folder.report.read_text("utf-8")
