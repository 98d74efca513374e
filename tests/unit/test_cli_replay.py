"""``deadair replay``: the stored plan again, and what is said of the difference."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.judgement import Judgement
from deadair.model.phone_trace import Wish
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit, Verdict
from deadair.run_commands import compared, replayed
from tests.unit.runner_stand_in import Runner, judgement, smoke


def test_a_replay_runs_the_stored_plan_and_compares(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(["run", smoke("kill"), "--seed", "5", "--profile", "2019", "--reports", str(tmp_path)])
    runner.ends["kill"] = Verdict.FAIL
    stored = tmp_path / "kill/1"
    again = tmp_path / "again"
    assert command(["replay", str(stored), "--reports", str(again)]) == Exit.VIOLATED
    assert "replay: differs: it was pass, now it is fail" in capsys.readouterr().out
    assert runner.ran[1][0] == runner.ran[0][0]
    assert runner.ran[1][1].profile == "2019"


def test_a_replay_may_take_another_engine_and_follow_a_phone(runner: Runner, tmp_path: Path) -> None:
    command(["run", smoke("kill"), "--reports", str(tmp_path)])
    again = ["replay", str(tmp_path / "kill/1"), "--reports", str(tmp_path / "again")]
    # The stand-in leaves no trace behind.
    assert command([*again, "--engine", "simulated", "--trace", "phone=3", "--until", "133m"]) == Exit.HARNESS
    options = runner.ran[1][1]
    assert (options.engine, options.trace) == ("simulated", Wish(3, 7980.0))
    assert command(again) == Exit.PASS
    assert (runner.ran[2][1].engine, runner.ran[2][1].trace) == ("live", None)


def test_comparing_two_verdicts() -> None:
    failed = judgement("a", Verdict.FAIL, "shows_age")
    assert compared(failed, failed) == "replay: same verdict, same violated rules"
    other = judgement("a", Verdict.FAIL, "recovers")
    assert "other violated rules: they were shows_age; now recovers" in compared(failed, other)
    assert "differs" in compared(failed, judgement("a", Verdict.PASS))


def recorded(root: Path, *phones: int) -> RunFolder:
    folder = RunFolder(root)
    folder.create()
    with Recorder(folder.history, "fleet", RunClock(0, 0, 1.0)) as recorder:
        for phone in phones:
            recorder.add(Kind.POLL, at_us=60_000_000, phone=phone)
    return folder


def simulated(verdict: Verdict, sha256: str) -> Judgement:
    return judgement("a", verdict).model_copy(update={"engine": "simulated", "history_sha256": sha256})


def test_a_simulated_run_comes_again_bit_for_bit_or_the_first_other_row_is_named(tmp_path: Path) -> None:
    one, two = recorded(tmp_path / "1", 3), recorded(tmp_path / "2", 4)
    before, after = (simulated(Verdict.PASS, read(folder.history).sha256()) for folder in (one, two))
    identical = f"replay: identical, bit for bit (sha256 {before.history_sha256[:12]}…)"
    assert replayed(one, before, RunFolder(shutil.copytree(one.root, tmp_path / "3")), before) == (
        identical,
        "replay: same verdict, same violated rules",
    )
    said, verdict = replayed(one, before, two, after)
    assert said.startswith("replay: differs: the first row that is not the same: at 00:")
    assert ", fleet, " in said
    assert verdict == "replay: same verdict, same violated rules"


def test_a_live_run_is_compared_with_a_simulated_one_by_its_verdict(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "1", 3)
    said = replayed(folder, judgement("a", Verdict.PASS), folder, simulated(Verdict.FAIL, "b" * 64))
    assert said == ("replay: differs: it was pass, now it is fail",)
