"""What an exploration comes to: exit codes, counts, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.explore.coverage_table import allowed, empty, table
from deadair.explore.exploration import minutes_left
from deadair.explore.exploration_report import Files, as_json, lines, progress_line, write, write_night
from deadair.explore.regression import Regression, named
from deadair.explore.sometimes import SOMETIMES
from deadair.model.errors import HarnessError
from deadair.model.verdict import Exit, Verdict
from deadair.scenario.load import load
from tests.unit.envelopes import REFERENCE
from tests.unit.exploring import ALL_MET, TINY_ENVELOPE, found, outcome

PASSES = [outcome(number) for number in range(20)]


def test_nights_that_all_pass_and_met_everything_are_a_pass() -> None:
    assert found(*PASSES).code is Exit.PASS


def test_a_violation_wins_over_everything() -> None:
    explored = found(*PASSES, outcome(20, Verdict.FAIL), lost=20)
    explored.interrupted = True
    assert explored.code is Exit.VIOLATED


def test_an_interrupt_wins_over_what_is_not_known() -> None:
    explored = found(lost=3)
    explored.interrupted = True
    assert explored.code is Exit.ABORTED


@pytest.mark.parametrize(
    ("unknown", "lost", "code"), [(1, 0, Exit.PASS), (0, 1, Exit.PASS), (1, 1, Exit.UNKNOWN), (2, 0, Exit.UNKNOWN)]
)
def test_unknown_and_lost_nights_are_never_counted_as_passed(unknown: int, lost: int, code: Exit) -> None:
    explored = found(*PASSES, *(outcome(100 + number, Verdict.UNKNOWN) for number in range(unknown)), lost=lost)
    assert explored.verdicts[Verdict.PASS] == len(PASSES)
    assert explored.code is code


def test_no_night_at_all_is_unknown() -> None:
    assert found().code is Exit.UNKNOWN


@pytest.mark.parametrize("name", [each.name for each in SOMETIMES if each.to_be_expected(TINY_ENVELOPE)])
def test_what_must_happen_sometimes_and_never_did_makes_it_unknown(name: str) -> None:
    explored = found(*(outcome(number, met={**ALL_MET, name: 0}) for number in range(20)))
    assert explored.never_met == (name,)
    assert explored.code is Exit.UNKNOWN


def test_what_the_envelope_cannot_bring_need_not_be_met() -> None:
    explored = found(*(outcome(number, met={**ALL_MET, "poll shed": 0}) for number in range(20)))
    assert explored.code is Exit.PASS
    shed = next(each for each in SOMETIMES if each.name == "poll shed")
    assert shed.to_be_expected(REFERENCE)


def test_time_left_is_that_of_whatever_is_over_first() -> None:
    assert minutes_left(found(*PASSES)) == 0
    half = found(*PASSES, minutes=10.0)
    half.order = half.order.__class__(TINY_ENVELOPE, 1, nights=40, minutes=0.75)
    assert minutes_left(half) == pytest.approx(0.25)
    half.order = half.order.__class__(TINY_ENVELOPE, 1, nights=40, minutes=60)
    assert minutes_left(half) == pytest.approx(0.5)


def test_the_progress_line_says_pace_met_and_time_left() -> None:
    line = progress_line(found(*PASSES, outcome(20, Verdict.FAIL), outcome(21, Verdict.UNKNOWN)))
    assert line.startswith("22 nights, 44 a minute | 1 failed, 1 unknown | met ")
    assert line.endswith("| 0 empty cells | 0.0 min left")


def test_a_cell_that_was_never_met_is_a_dot_and_is_named() -> None:
    cells = list(allowed(TINY_ENVELOPE))
    counted = dict.fromkeys(cells[1:], 7)
    assert empty(TINY_ENVELOPE, counted) == (cells[0],)
    first = list(table(TINY_ENVELOPE, counted))[2].split()
    assert first == ["partition", "uplink", "·", *["7"] * 8]


def test_everything_is_written_and_a_failing_night_reads_back(tmp_path: Path) -> None:
    failed = outcome(20, Verdict.FAIL, why="no_data_deadline: nobody was alerted")
    explored = found(*PASSES, failed, defects=("gives-up",))
    assert failed.scenario is not None
    small = named(failed.scenario, "no_data_deadline")
    regression = Regression("no_data_deadline", 20, small, 4, 99, Verdict.PASS)
    files = Files(tmp_path)
    write_night(failed, files)
    write(explored, [regression], files)
    assert load(files.of_night(20)) == failed.scenario
    assert load(tmp_path / f"regressions/{small.name}.yaml") == small
    said = json.loads((tmp_path / "exploration.json").read_text("utf-8"))
    assert said == as_json(explored, [regression], files)
    assert (said["exit"], said["verdicts"], said["failed"][0]["violated"]) == (
        1,
        {"fail": 1, "pass": 20},
        ["no_data_deadline"],
    )
    told = (tmp_path / "exploration.txt").read_text("utf-8")
    assert told == "\n".join(lines(explored, [regression], files)) + "\n"
    assert f"deadair run {tmp_path}/failed/night-20.yaml --engine simulated --defect gives-up" in told
    assert "violated: 1 night of 21 failed" in told


def test_lost_and_unknown_nights_are_told_with_their_number_and_their_reason(tmp_path: Path) -> None:
    doubtful = [outcome(number, Verdict.UNKNOWN, why="nothing is proved: f1 bit nobody") for number in (31, 32)]
    told = "\n".join(lines(found(*PASSES, *doubtful, lost=1), [], Files(tmp_path)))
    assert "unknown: 2 nights, such as 31: f1 bit nobody" in told
    why = "its process ended by itself (exit code -9)"
    assert f"night 1000 came to no verdict: {why}; alone: --seed 1 --from 1000 --nights 1" in told


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(HarnessError, match="check the disk"):
        write(found(*PASSES), [], Files(tmp_path / "file"))
