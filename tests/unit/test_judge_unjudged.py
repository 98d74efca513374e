"""Rules that a target cannot be judged by: the run writes them down, nobody judges them, and no run is green for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.history.manifest import seal
from deadair.judging.judge import judge
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.reporting.html import render
from deadair.reporting.junit import junit_xml
from deadair.reporting.markdown import escaped, gate_md, summary_md
from deadair.reporting.sentences import rules_line
from deadair.reporting.terminal_summary import summarise
from deadair.runner import try_out
from deadair.scenario.load import loads
from deadair.targets.reference import Reference
from tests.unit.judged_nights import Change, environment, night, told, without
from tests.unit.small_night import SCENARIO

by_one_fact = pytest.mark.usefixtures("partitions_proved_by_one_fact")

NO_PROBE = "it has no probe `stored`"
NO_WORD = "nobody sees its alerts"


def judged(tmp_path: Path, unjudged: dict[str, str], change: Change = list) -> Judgement:
    folder = night(tmp_path, change, sealed=False)
    folder.environment.write_text(environment().model_copy(update={"unjudged": unjudged}).model_dump_json())
    seal(folder.history)
    return judge(folder)


@by_one_fact
@pytest.mark.clause("J9")
def test_a_rule_that_the_target_cannot_be_judged_by_is_not_judged_and_no_doubt(tmp_path: Path) -> None:
    unasked = without(kind="stored")
    blamed = judged(tmp_path / "asked", {}, unasked)
    assert blamed.verdict == "unknown"
    judgement = judged(tmp_path / "unasked", {"nothing_lost": NO_PROBE}, unasked)
    assert (judgement.verdict, judgement.doubts) == ("pass", ())
    assert "nothing_lost" not in [finding.rule for finding in judgement.findings]
    assert [(each.rule, each.why) for each in judgement.not_judged] == [("nothing_lost", NO_PROBE)]
    assert f"not judged: nothing_lost: {NO_PROBE}" in summarise(judgement, RunFolder(tmp_path))


@by_one_fact
@pytest.mark.clause("J9")
def test_every_report_says_how_many_rules_passed_and_which_were_not_judged_and_why(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"nothing_lost": NO_PROBE}, without(kind="stored"))
    passed = len(judgement.findings)
    said, why = f"passed {passed} of {passed + 1} rules, 1 not judged", f"nothing_lost: {NO_PROBE}"
    folder = RunFolder(tmp_path)
    assert summarise(judgement, folder).splitlines()[0] == f"PASS  {judgement.scenario}: {said}"
    markdown = summary_md(judgement)
    assert markdown.splitlines()[0].endswith(f": {said}")
    assert f"**Not judged**\n\n- {escaped(why)}\n" in markdown
    assert f"| {said} |" in gate_md([("run", judgement)])
    junit = junit_xml([judgement]).decode()
    assert f'<property name="rules" value="{said}" />' in junit
    assert f'name="nothing_lost" time="0">\n      <skipped message="{NO_PROBE}" />' in junit
    page = render(folder, judgement)
    assert said.capitalize() in page and "nothing_lost: not judged" in page and why in page


def test_a_rule_that_was_not_judged_or_is_in_doubt_is_none_that_passed(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"no_data_deadline": NO_WORD}, without(detail="old"))
    good = sum(finding.verdict == "pass" for finding in judgement.findings)
    assert 0 < good < len(judgement.findings)
    assert rules_line(judgement) == f"passed {good} of {len(judgement.findings) + 1} rules, 1 not judged"


@by_one_fact
@pytest.mark.clause("J9")
def test_a_rule_that_the_scenario_does_not_have_is_not_listed(tmp_path: Path) -> None:
    assert judged(tmp_path, {"noop": "it does nothing"}).not_judged == ()


@by_one_fact
@pytest.mark.clause("C14")
def test_a_run_in_which_the_deadline_is_not_judged_is_never_a_pass(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"no_data_deadline": NO_WORD})
    said = f"no_data_deadline is not judged, so nobody knows whether anybody was alerted: {NO_WORD}"
    assert (judgement.verdict, judgement.why) == ("unknown", f"nothing is proved: {said}")
    assert told(judgement, "coverage") == [said]


@by_one_fact
@pytest.mark.clause("C14", "J4")
def test_what_else_is_violated_stays_a_fail_without_the_deadline(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"no_data_deadline": NO_WORD}, without(detail="old"))
    assert judgement.verdict == "fail"
    assert judgement.why.startswith("shows_age:")


def test_a_run_writes_down_what_its_target_cannot_be_judged_by() -> None:
    target = Reference()
    target.unjudged = {"nothing_lost": NO_PROBE}
    judgement = try_out(RunPlan.drawn(loads(f"{SCENARIO}  - {{kind: nothing_lost}}\n", "small-night.yaml"), target))
    assert [(each.rule, each.why) for each in judgement.not_judged] == [("nothing_lost", NO_PROBE)]
