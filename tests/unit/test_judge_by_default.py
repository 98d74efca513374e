"""A scenario that names no rule is judged by each; one without a case is not judged, and no run is green for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.model.judgement import Judgement
from deadair.rules.catalogue import BY_DEFAULT, RULES
from deadair.rules.defence_in_depth import DefenceInDepth
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.noop import Noop
from deadair.rules.recovers import Recovers
from deadair.rules.rule import kind_of
from deadair.runner import try_out
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.scenario.model import Scenario
from deadair.targets.reference import Reference
from tests.unit.small_night import SCENARIO

CHECKS = SCENARIO.index("checks:")


def scenario(checks: str = "", *, storm: str = "") -> Scenario:
    text = SCENARIO[:CHECKS] + checks
    return loads(text.replace('where: "downlink[south]"', storm) if storm else text, "small-night.yaml")


def judged(night: Scenario) -> Judgement:
    return try_out(RunPlan.drawn(night, Reference()))


@pytest.mark.clause("J10")
def test_without_checks_each_rule_judges_and_those_without_a_case_are_not_judged() -> None:
    judgement = judged(scenario())
    assert judgement.verdict == "pass"
    asked = [kind_of(rule) for rule in BY_DEFAULT]
    assert sorted(asked) == sorted(
        [*(finding.rule for finding in judgement.findings), *(each.rule for each in judgement.not_judged)]
    )
    assert ("low_alerted", "it had no case") in [(each.rule, each.why) for each in judgement.not_judged]
    assert all(finding.judged for finding in judgement.findings)


@pytest.mark.clause("J10")
def test_a_rule_that_is_named_must_have_a_case_unless_the_scenario_says_otherwise() -> None:
    named = "checks:\n  - {kind: no_data_deadline}\n  - {kind: low_alerted%s}\n"
    assert judged(scenario(named % "")).why == "nothing is proved: low_alerted had nothing to judge"
    assert judged(scenario(named % ", without_case: not_judged")).verdict == "pass"


@pytest.mark.clause("J10", "C14")
def test_a_run_in_which_nobody_went_blind_does_not_pass_by_its_other_rules() -> None:
    calm = scenario().model_copy(update={"timeline": ()})
    judgement = judged(calm)
    assert judgement.verdict == "unknown"
    said = "no_data_deadline is not judged, so nobody knows whether anybody was alerted: it had no case"
    assert said in [doubt.what for doubt in judgement.doubts]


def test_all_rules_judge_by_default_but_two() -> None:
    assert {type(rule) for rule in BY_DEFAULT} == {*RULES} - {Noop, DefenceInDepth}


def test_the_recovery_is_no_longer_than_the_scenario_has_time_for() -> None:
    night = scenario()
    (recovers,) = (rule for rule in night.checks if isinstance(rule, Recovers))
    assert recovers.within == timedelta(minutes=10) == night.phases.recovery
    (deadline,) = (rule for rule in night.checks if isinstance(rule, NoDataDeadline))
    assert deadline == NoDataDeadline(without_case="not_judged")


def test_the_written_plan_names_each_rule_and_is_read_back() -> None:
    night = scenario()
    assert loads(dump(night), "written.yaml") == night
