"""The list of runs takes in whatever lies in a reports folder, and follows no way out of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.browser.listed_run import ListedRun, RunList, with_trend
from deadair.model.judgement import Silences, TimeToAlert
from deadair.model.verdict import Verdict
from tests.unit.runner_stand_in import judgement


def stored(reports: Path, place: str, p50_s: float | None = 2.0, verdict: Verdict = Verdict.PASS) -> Path:
    """Store a run as far as a list needs it."""
    folder = reports / place
    folder.mkdir(parents=True)
    (folder / "scenario.yaml").write_text("name: x", "utf-8")
    silences = Silences(count=9, alerted_in_time=9, time_to_alert_s=TimeToAlert(p50=p50_s))
    said = judgement(place.partition("/")[0], verdict).model_copy(update={"silences": silences})
    (folder / "verdict.json").write_text(said.model_dump_json(), "utf-8")
    return folder


def test_runs_are_listed_newest_first_with_what_their_verdicts_say(tmp_path: Path) -> None:
    stored(tmp_path, "kill/20261101T010000Z-1")
    stored(tmp_path, "backlog/20261103T235959Z-2", None, Verdict.FAIL)
    (tmp_path / "_gate" / "20261104T000000Z").mkdir(parents=True)
    newest, oldest = RunList(tmp_path).runs()
    assert (newest.scenario, newest.verdict, newest.p50_s, newest.when) == (
        "backlog", "fail", None, "2026-11-03 23:59:59",
    )  # fmt: skip
    assert (oldest.place, oldest.verdict, oldest.p50_s, oldest.build) == ("kill/20261101T010000Z-1", "pass", 2.0, "1")


def test_the_trend_is_against_the_run_before_of_the_same_kind() -> None:
    def run(place: str, p50_s: float | None, engine: str = "live") -> ListedRun:
        return ListedRun(place, "kill", "", "judged", "pass", engine, "reference", p50_s=p50_s)

    listed = with_trend([run("d", 62.0), run("c", None), run("s", 9.0, "simulated"), run("b", 2.5), run("a", 2.0)])
    assert [each.trend_s for each in listed] == [59.5, None, None, 0.5, None]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"verdict": "green"}', '{"verdict": []}', "[" * 100_000])
def test_a_damaged_verdict_is_unreadable_and_hides_no_other_run(tmp_path: Path, text: str) -> None:
    folder = stored(tmp_path, "kill/20261101T010000Z-1")
    (folder / "verdict.json").write_text(text, "utf-8")
    stored(tmp_path, "kill/20261101T020000Z-1")
    sound, damaged = RunList(tmp_path).runs()
    assert (sound.state, damaged.state) == ("judged", "unreadable")


def test_odd_values_in_a_verdict_are_nothing(tmp_path: Path) -> None:
    folder = stored(tmp_path, "kill/20261101T010000Z-1")
    said = {"verdict": "pass", "why": 7, "silences": [1], "subject": None, "engine": "a\nb" + "x" * 999}
    (folder / "verdict.json").write_text(json.dumps(said), "utf-8")
    (run,) = RunList(tmp_path).runs()
    assert (run.why, run.silences, run.p50_s, run.build) == ("", None, None, "")
    assert run.engine.startswith("a b")
    assert len(run.engine) == 200


def test_a_run_without_a_verdict_is_unfinished(tmp_path: Path) -> None:
    (stored(tmp_path, "kill/20261101T010000Z-1") / "verdict.json").unlink()
    (run,) = RunList(tmp_path).runs()
    assert (run.state, run.verdict) == ("unfinished", "")


def test_a_changed_verdict_is_read_again_and_a_run_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    folder = stored(tmp_path, "kill/20261101T010000Z-1")
    listed = RunList(tmp_path)
    assert listed.runs()[0].verdict == "pass"
    (folder / "verdict.json").write_text('{"verdict": "fail", "why": "longer than it was"}', "utf-8")
    assert listed.runs()[0].verdict == "fail"
    (folder / "scenario.yaml").unlink()
    assert listed.runs() == ()


@pytest.mark.parametrize(
    "place", ["", "kill", "../x", "kill/..", "./kill/x", "kill/x/y", "/etc/passwd", "kill\\x", "kill/\0", "out/run"]
)
def test_no_place_leads_out_of_the_folder(tmp_path: Path, place: str) -> None:
    reports = tmp_path / "reports"
    stored(reports, "kill/run")
    stored(tmp_path, "x/run")
    (reports / "out").symlink_to(tmp_path / "x")
    listed = RunList(reports)
    assert listed.folder("kill/run") is not None
    assert listed.folder(place) is None
    assert [run.place for run in listed.runs()] == ["kill/run"]


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert RunList(tmp_path / "none").runs() == ()
