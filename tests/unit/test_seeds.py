"""A night of a share of the size has the ratios of the whole one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.scenario.load import load
from tools.seeds import FLAGSHIP, Outcome, main, scaled, seeds_of, summary


def test_a_tenth_of_a_night_has_a_tenth_of_everything_that_counts_families() -> None:
    whole, tenth = load(FLAGSHIP), scaled(load(FLAGSHIP), 0.1)
    assert (tenth.fleet.devices, tenth.promises.silences) == (20, 25)
    assert {name: round(each, 6) for name, each in tenth.target.capacity.items()} == {
        "store_rows_per_s": 3.3,
        "gateway_requests_per_s": 0.7,
    }
    backlog, overload = tenth.timeline[0].fault, tenth.timeline[1].fault
    assert getattr(backlog, "readings", None) == 6000
    assert overload == whole.timeline[1].fault
    assert (tenth.phases, tenth.fleet.cohorts, tenth.speed) == (whole.phases, whole.fleet.cohorts, whole.speed)


def test_a_whole_night_stays_what_it_is() -> None:
    assert scaled(load(FLAGSHIP), 1.0) == load(FLAGSHIP)


def test_drawn_seeds_are_the_same_each_time_and_a_summary_counts_every_ending() -> None:
    assert seeds_of(None, 5) == seeds_of(None, 5)
    assert len(set(seeds_of(None, 3000))) == 3000
    ended = [Outcome(1, "pass", "", 10.0, 5), Outcome(2, "pass", "", 30.0, 5), Outcome(3, "error", "x", None, 0)]
    told = "3 seeds in 9 s: 1 error, 2 pass; longest time to alert 20.0 s in the median seed, 30.0 s at the most"
    assert summary(ended, 9) == told
    nobody = summary([Outcome(1, "fail", "", None, 5)], 1)
    assert nobody == "1 seed in 1 s: 1 fail; nobody was alerted"


@pytest.mark.parametrize("scale", ["0", "-1", "1.5", "nan", "inf", "a tenth"])
def test_a_share_is_above_none_and_all_at_the_most(scale: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--scale={scale}", "--seeds", "1"])
    assert ended.value.code == 2
    assert f"--scale: invalid share_of value: '{scale}'" in capsys.readouterr().err


def test_a_share_too_small_for_its_cohorts_is_told_before_any_seed_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scale", "0.01", "--seeds", "1"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "the cohort west has no device of 2" in said.err


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.yaml"), "--seeds", "1"]) == 2
    assert "none.yaml" in capsys.readouterr().err
