"""A baseline catches an alert that came later by more than good runs differ, and knows what it cannot compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.baselines.alert_times import AlertTimes, PlanKey
from deadair.baselines.baseline import Baseline, baseline_of, read_baseline
from deadair.baselines.comparison import AlertChange, against_baseline, of_two
from deadair.baselines.comparison_finding import compared
from deadair.baselines.stored_times import plan_text
from deadair.model.errors import ScenarioError
from deadair.model.verdict import Verdict
from deadair.scenario.load import load

SMOKE = Path(__file__).parents[2] / "scenarios/smoke/partition.yaml"
PLAN = PlanKey(scenario="partition", target="reference", engine="live", plan_sha256="a" * 64)


def run(p50_s: float | None, verdict: Verdict = Verdict.PASS) -> AlertTimes:
    return AlertTimes(run="r", verdict=verdict, silences=9, p50_s=p50_s, p99_s=p50_s, max_s=p50_s)


def baseline(*medians_s: float | None) -> Baseline:
    return baseline_of([(PLAN, run(each)) for each in medians_s])


@pytest.mark.parametrize(
    ("medians_s", "now_s", "change"),
    [
        ((20, 22, 21), 51.0, AlertChange.SAME),  # 30 s later than the median of 21 s, to the second
        ((20, 22, 21), 51.1, AlertChange.LATER),
        ((20, 60, 21), 140.9, AlertChange.SAME),  # 40 s apart: three times that is allowed
        ((20, 60, 21), 141.1, AlertChange.LATER),
        ((90, 92, 91), 60.0, AlertChange.SOONER),
        ((90, 92, 91), 61.0, AlertChange.SAME),
        ((0, 0, 0), 60.0, AlertChange.LATER),
    ],
)
def test_later_is_more_than_half_a_minute_and_more_than_good_runs_differ(
    medians_s: tuple[float, ...], now_s: float, change: AlertChange
) -> None:
    found = against_baseline(baseline(*medians_s), PLAN, run(now_s))
    assert found.change is change
    assert (found.verdict is Verdict.FAIL) == (change is AlertChange.LATER)


def test_what_alerts_later_says_by_how_much_and_what_is_allowed() -> None:
    found = against_baseline(baseline(20, 22, 21), PLAN, run(81))
    assert found.why == (
        "the median time to alert is 81.0 s, the baseline's is 21.0 s: 60.0 s later, and 30.0 s are allowed"
    )


@pytest.mark.parametrize("other", ["scenario", "target", "engine"])
def test_a_run_that_the_baseline_does_not_know_is_not_green(other: str) -> None:
    found = against_baseline(baseline(20, 22, 21), PLAN.model_copy(update={other: "new"}), run(20))
    assert (found.change, found.verdict) == (AlertChange.UNKNOWN, Verdict.UNKNOWN)
    assert "deadair baseline RUN RUN RUN" in found.why


def test_a_run_of_another_plan_of_the_same_name_is_not_compared() -> None:
    found = against_baseline(baseline(20, 22, 21), PLAN.model_copy(update={"plan_sha256": "b" * 64}), run(500))
    assert found.verdict is Verdict.UNKNOWN
    assert "its plan is another one" in found.why


def test_where_nobody_was_alerted_there_is_nothing_to_be_later_than() -> None:
    assert against_baseline(baseline(None, None, None), PLAN, run(None)).change is AlertChange.SAME
    assert against_baseline(baseline(1, 1, 1), PLAN, run(None)).change is AlertChange.UNKNOWN
    assert against_baseline(baseline(None, None, None), PLAN, run(5)).change is AlertChange.UNKNOWN


def test_two_runs_are_held_against_each_other_with_half_a_minute_allowed() -> None:
    assert of_two((PLAN, run(20)), (PLAN, run(80))).verdict is Verdict.FAIL
    assert of_two((PLAN, run(20)), (PLAN, run(49))).verdict is Verdict.PASS
    other = PLAN.model_copy(update={"engine": "simulated"})
    assert "its engine was live, and is simulated now" in of_two((PLAN, run(20)), (other, run(20))).why


def test_a_baseline_takes_three_passed_runs_of_each_plan() -> None:
    with pytest.raises(ScenarioError, match="partition: 2 runs; a baseline needs 3 at least"):
        baseline(20, 21)
    with pytest.raises(ScenarioError, match="this run ended with unknown"):
        baseline_of([(PLAN, run(20)), (PLAN, run(20)), (PLAN, run(20, Verdict.UNKNOWN))])
    simulated = PLAN.model_copy(update={"engine": "simulated"})
    with pytest.raises(ScenarioError, match="of the same plan and engine"):
        baseline_of([(PLAN, run(20)), (PLAN, run(20)), (simulated, run(20))])


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(baseline(20, 22, None).model_dump_json(indent=1), "utf-8")
    assert read_baseline(path) == baseline(20, 22, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file"),
        ("{", "the file"),
        ("[]", "the file"),
        ('{"format": 2, "scenarios": []}', "format"),
        ('{"scenarios": []}', "scenarios"),
        ('{"scenarios": [{"plan": {}, "runs": []}]}', "scenarios.0.plan.scenario"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as refused:
        read_baseline(path)
    assert str(refused.value).startswith(f"{path}: {said}: ")
    assert "deadair baseline" in str(refused.value)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_baseline(tmp_path)


def test_what_a_gate_shows_is_the_worst_of_what_was_compared() -> None:
    known = baseline(20, 22, 21)
    late, sound = (against_baseline(known, PLAN, run(each)) for each in (90, 20))
    strange = against_baseline(known, PLAN.model_copy(update={"scenario": "new"}), run(20))
    judged = compared([sound, strange, late], "b.json")
    assert (judged.verdict, judged.why) == (Verdict.FAIL, f"partition: {late.why}")
    assert [finding.verdict for finding in judged.findings] == [Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL]
    assert compared([sound], "b.json").why == "1 run compared with b.json: none alerts later"
    assert compared([], "b.json").verdict is Verdict.UNKNOWN


def test_a_plan_is_the_same_with_another_seed_and_another_one_with_another_fleet() -> None:
    plan = load(SMOKE)
    seeded = plan.model_copy(update={"seed": 99, "why": "another word", "name": "other"})
    assert plan_text(seeded) == plan_text(plan)
    larger = plan.model_copy(update={"fleet": plan.fleet.model_copy(update={"devices": plan.fleet.devices + 1})})
    assert plan_text(larger) != plan_text(plan)
