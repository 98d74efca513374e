"""Of several runs no trouble with one hides what another came to, and no file says more than the exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from deadair import runner as real_runner
from deadair.baselines.alert_times import AlertTimes, PlanKey
from deadair.baselines.baseline import baseline_of
from deadair.cli import command
from deadair.judging import judge, stored_verdict
from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit, Verdict
from deadair.reporting import html
from deadair.reporting.report_files import write_gate
from tests.unit.runner_stand_in import NAMES, SMOKE, Runner, judgement, smoke


@pytest.fixture
def gates(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs that only pretend, and gates that are really written."""
    monkeypatch.setattr(sys.modules["deadair.reporting.report_files"], "write_gate", write_gate)
    return runner


def gate_in(reports: Path) -> tuple[str, int, str]:
    """Return the verdict, the exit code and the JUnit file of the one gate there is."""
    (gate,) = (reports / "_gate").iterdir()
    said = json.loads((gate / "verdict.json").read_text("utf-8"))
    return said["verdict"], said["exit"], (gate / "junit.xml").read_text("utf-8")


@pytest.mark.parametrize("surprise", [ZeroDivisionError("surprise"), SystemExit(1), BrokenPipeError()])
def test_an_unforeseen_error_in_one_run_hides_no_violation_of_another(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], surprise: BaseException
) -> None:
    runner.ends |= {"backlog": Verdict.FAIL, "kill": surprise}
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.VIOLATED
    assert len(runner.ran) == len(NAMES)
    assert runner.gate == ([name for name in NAMES if name != "kill"], ["kill"], Exit.VIOLATED)
    told = capsys.readouterr().err
    (line,) = [line for line in told.splitlines() if line.startswith("deadair: ")]
    assert line.startswith(f"deadair: kill: an error of the harness itself ({type(surprise).__name__}")


def test_a_gate_that_cannot_be_written_hides_no_violation(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise HarnessError("the disk is full")

    monkeypatch.setattr(sys.modules["deadair.reporting.report_files"], "write_gate", refuse)
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.HARNESS
    runner.ends["kill"] = Verdict.FAIL
    assert command(["run", str(SMOKE), "--reports", str(tmp_path / "2")]) == Exit.VIOLATED
    assert "deadair: the gate's files: the disk is full" in capsys.readouterr().err


def test_ctrl_c_between_two_runs_ends_them_all_and_hides_no_violation(runner: Runner, tmp_path: Path) -> None:
    runner.ends |= {"backlog": Verdict.FAIL, "kill": KeyboardInterrupt()}
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.VIOLATED
    ended = NAMES.index("kill")
    assert runner.gate == (NAMES[:ended], NAMES[ended:], Exit.VIOLATED)


def test_a_run_that_was_to_be_ended_while_it_wound_down_has_passed_nowhere(gates: Runner, tmp_path: Path) -> None:
    gates.aborted = (NAMES[-1],)
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.ABORTED
    verdict, code, junit = gate_in(tmp_path)
    assert (verdict, code) == ("aborted", 3)
    assert 'failures="0" errors="0"' not in junit.splitlines()[1]
    run = Judgement.model_validate_json((tmp_path / f"{NAMES[-1]}/1/verdict.json").read_bytes())
    assert (run.verdict, run.why) == (Verdict.ABORTED, "aborted: Ctrl-C")


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Verdict]:
    """Real runs without an engine, judged as the test wants by scenario; their pages cannot be drawn."""
    verdicts: dict[str, Verdict] = {}

    def judged(folder: RunFolder) -> Judgement:
        name = folder.root.parent.name
        return judgement(name, verdicts.get(name, Verdict.PASS), *["shows_age"] * (name in verdicts))

    def broken(folder: RunFolder, judgement: Judgement) -> str:
        raise KeyError("a chart")

    monkeypatch.setitem(real_runner.ENGINES, "live", lambda order, show: None)
    monkeypatch.setattr(real_runner, "toxiproxy_server", lambda note: Path("toxiproxy-server"))
    monkeypatch.setattr(judge, "judge", judged)
    monkeypatch.setattr(stored_verdict, "judge_anew", lambda folder: stored_verdict.JudgedAnew(judged(folder), ""))
    monkeypatch.setattr(html, "render", broken)
    return verdicts


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.FAIL, Exit.VIOLATED), (Verdict.PASS, Exit.HARNESS)])
def test_a_page_that_cannot_be_drawn_costs_no_verdict(
    unrendered: dict[str, Verdict], tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: Verdict, code: Exit
) -> None:
    unrendered["kill"] = verdict
    assert command(["run", smoke("kill"), "--reports", str(tmp_path)]) == code
    told = capsys.readouterr().err
    assert "kill: not all reports could be written (KeyError: 'a chart')" in told
    stored = tmp_path / "latest/verdict.json"
    assert Judgement.model_validate_json(stored.read_bytes()).verdict == verdict


def test_a_gate_with_a_page_that_cannot_be_drawn_does_not_say_pass(
    unrendered: dict[str, Verdict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["run", smoke("kill"), smoke("backlog"), "--reports", str(tmp_path)]) == Exit.HARNESS
    verdict, code, junit = gate_in(tmp_path)
    assert (verdict, code) == ("unknown", 4)
    assert "no rule was seen violated, but not all reports could be written (KeyError" in junit
    unrendered["kill"] = Verdict.FAIL
    assert command(["run", smoke("kill"), smoke("backlog"), "--reports", str(tmp_path / "2")]) == Exit.VIOLATED
    assert gate_in(tmp_path / "2")[:2] == ("fail", 1)


def test_judging_again_with_a_page_that_cannot_be_drawn_costs_no_verdict(
    unrendered: dict[str, Verdict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unrendered["kill"] = Verdict.FAIL
    command(["run", smoke("kill"), "--reports", str(tmp_path)])
    assert command(["check", "latest", "--reports", str(tmp_path)]) == Exit.VIOLATED


def test_no_file_of_a_gate_is_milder_than_its_exit_code(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "calm/1")
    folder.create()
    runs = [(folder, judgement("calm", Verdict.PASS))]
    for code, least in [(Exit.ABORTED, "aborted"), (Exit.HARNESS, "unknown"), (Exit.VIOLATED, "fail")]:
        gate = write_gate(tmp_path / str(code), runs, [], code)
        said = json.loads((gate / "verdict.json").read_text("utf-8"))
        assert (said["verdict"], said["exit"]) == (least, code)
        assert b'failures="0" errors="0"' not in (gate / "junit.xml").read_bytes().splitlines()[1]
        assert "| PASS" not in (gate / "summary.md").read_text("utf-8").splitlines()[0]
    gate = write_gate(tmp_path / "0", runs, [], Exit.PASS)
    assert json.loads((gate / "verdict.json").read_text("utf-8"))["verdict"] == "pass"


def test_an_unknown_run_is_run_again_and_both_stand_in_every_output(gates: Runner, tmp_path: Path) -> None:
    gates.ends["kill"] = [Verdict.UNKNOWN, Verdict.PASS]
    asked = ["run", smoke("kill"), "--retry-unknown", "1", "--reports", str(tmp_path)]
    assert command(asked) == Exit.PASS
    (gate,) = (tmp_path / "_gate").iterdir()
    said = json.loads((gate / "verdict.json").read_text("utf-8"))
    assert [each["verdict"] for each in said["runs"]] == ["pass"]
    assert [each["verdict"] for each in said["run_again"]] == ["unknown"]
    assert 'name="kill (run again)"' in (gate / "junit.xml").read_text("utf-8")
    assert "Unknown at first, and run again" in (gate / "summary.md").read_text("utf-8")


def test_a_fail_is_never_run_again_and_who_stays_unknown_is_not_green(runner: Runner, tmp_path: Path) -> None:
    runner.ends |= {"kill": Verdict.FAIL, "backlog": [Verdict.UNKNOWN] * 3}
    asked = ["--retry-unknown", "2", "--reports", str(tmp_path)]
    assert command(["run", smoke("kill"), *asked]) == Exit.VIOLATED
    assert len(runner.ran) == 1
    assert command(["run", smoke("backlog"), *asked]) == Exit.UNKNOWN
    assert len(runner.ran) == 4
    assert runner.run_again == ["backlog", "backlog"]
    runner.ends["backlog"] = [Verdict.UNKNOWN, Verdict.FAIL]
    assert command(["run", smoke("backlog"), *asked]) == Exit.VIOLATED


@pytest.mark.parametrize("again", ["-1", "6"])
def test_no_number_of_retries_is_refused(runner: Runner, again: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", smoke("kill"), "--retry-unknown", again]) == Exit.USAGE
    assert "--retry-unknown" in capsys.readouterr().err
    assert runner.ran == []


def test_a_baseline_that_knows_nothing_of_a_run_makes_it_unknown(
    gates: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = PlanKey(scenario="backlog", target="reference", engine="live", plan_sha256="a" * 64)
    run = AlertTimes(run="r", verdict=Verdict.PASS, silences=1, p50_s=1, p99_s=1, max_s=1)
    path = tmp_path / "baseline.json"
    path.write_text(baseline_of([(plan, run)] * 3).model_dump_json(), "utf-8")
    asked = ["run", smoke("kill"), "--baseline", str(path), "--reports", str(tmp_path / "r")]
    assert command(asked) == Exit.UNKNOWN
    assert "baseline: kill: unknown: the baseline has nothing to compare with" in capsys.readouterr().out
    verdict, code, junit = gate_in(tmp_path / "r")
    assert (verdict, code) == ("unknown", 2)
    assert 'name="baseline"' in junit
    assert gates.ran


def test_a_baseline_that_cannot_be_read_is_refused_before_anything_runs(runner: Runner, tmp_path: Path) -> None:
    assert command(["run", smoke("kill"), "--baseline", str(tmp_path / "none.json")]) == Exit.USAGE
    assert runner.ran == []


def test_annotations_are_printed_for_github_and_written_for_gitlab(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.ends["kill"] = Verdict.UNKNOWN
    asked = ["run", smoke("kill"), "--reports", str(tmp_path), "--annotations"]
    assert command([*asked, "github"]) == Exit.UNKNOWN
    assert "\n::warning " in capsys.readouterr().out
    assert command([*asked, "gitlab"]) == Exit.UNKNOWN
    assert (tmp_path / "gl-code-quality-report.json").exists()
    assert command([*asked, "other"]) == Exit.USAGE
    assert "write github or gitlab" in capsys.readouterr().err
