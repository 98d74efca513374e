"""junit.xml: well-formed whatever it is told, and green exactly if the run passed."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from deadair.model.judgement import Doubt, Example, Finding, Judgement
from deadair.model.verdict import Verdict
from deadair.reporting.formatting import clean
from deadair.reporting.junit import EVIDENCE_CASE, junit_xml
from tests.unit.run_folder_builder import build, hostile, judgement_of

HOSTILE = ("<script>alert(1)</script>", "]]>", "\x00\x08\x1b[31mred\x7f\x9f\ufffe\ud800", '"><x a="', "y" * 100_000)


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    return judgement_of(build(tmp_path_factory.mktemp("run"), devices=40, unalerted=("west",)))


def _suite(judgement: Judgement) -> Element:
    root = ElementTree.fromstring(junit_xml([judgement]))  # noqa: S314 - our own XML
    (suite,) = root
    return suite


def _case(suite: Element, name: str) -> Element:
    (case,) = (case for case in suite.iter("testcase") if case.get("name") == name)
    return case


def test_each_rule_is_a_case_and_one_more_for_the_evidence(judgement: Judgement) -> None:
    suite = _suite(judgement)
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names == [finding.rule for finding in judgement.findings] + [EVIDENCE_CASE]
    assert suite.get("name") == judgement.scenario
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(names)), "1", "0")


def test_properties_say_what_ran_and_how_soon_people_were_alerted(judgement: Judgement) -> None:
    said = {each.get("name"): each.get("value") for each in _suite(judgement).iter("property")}
    assert said["seed"] == "42"
    assert said["history_sha256"] == judgement.history_sha256
    assert said["subject_version"] == judgement.subject.version
    assert said["time_to_alert_p99_s"] == f"{judgement.silences.time_to_alert_s.p99:g}"
    assert {"time_to_alert_p50_s", "time_to_alert_max_s"} <= said.keys()


def test_a_violated_rule_is_a_failure_with_the_earliest_counter_example_and_the_replay(judgement: Judgement) -> None:
    late = Finding(
        rule="shows_age", verdict=Verdict.FAIL, judged=9, violations=2, why="two screens lied",
        examples=(Example(what="the later one", at_s=900), Example(what="the earlier one", at_s=60)),
    )  # fmt: skip
    failure = _case(_suite(judgement.model_copy(update={"findings": (late,)})), "shows_age").find("failure")
    assert failure is not None
    assert failure.get("message") == "two screens lied"
    assert "the earlier one" in (failure.text or "")
    assert "the later one" not in (failure.text or "")
    assert judgement.replay in (failure.text or "")


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.ABORTED, Verdict.FAIL])
def test_nothing_but_a_pass_is_green(judgement: Judgement, verdict: Verdict) -> None:
    held = Finding(rule="recovers", verdict=Verdict.PASS, judged=4, violations=0, why="fine")
    suite = _suite(judgement.model_copy(update={"verdict": verdict, "findings": (held,), "doubts": ()}))
    assert int(suite.get("failures", "0")) + int(suite.get("errors", "0")) == 1
    assert suite.get("skipped") == "0"


def test_a_pass_is_green_even_with_a_doubt_that_touched_nothing(judgement: Judgement) -> None:
    held = Finding(rule="recovers", verdict=Verdict.PASS, judged=4, violations=0, why="fine")
    doubt = Doubt(kind="validity", what="the fleet was late", from_s=1, until_s=2)
    update = {"verdict": Verdict.PASS, "findings": (held,), "doubts": (doubt,)}
    suite = _suite(judgement.model_copy(update=update))
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert "the fleet was late" in (_case(suite, EVIDENCE_CASE).findtext("system-out") or "")


def test_an_unknown_rule_and_a_doubt_are_errors(judgement: Judgement) -> None:
    vague = Finding(rule="recovers", verdict=Verdict.UNKNOWN, judged=0, violations=0, why="no case")
    doubt = Doubt(kind="coverage", what="the partition was never proved")
    update = {"verdict": Verdict.UNKNOWN, "findings": (vague,), "doubts": (doubt,)}
    suite = _suite(judgement.model_copy(update=update))
    assert _case(suite, "recovers").find("error") is not None
    error = _case(suite, EVIDENCE_CASE).find("error")
    assert error is not None
    assert "the partition was never proved" in (error.text or "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(judgement: Judgement, text: str) -> None:
    changed = judgement.model_copy(update=hostile(text))
    suite = _suite(changed)
    assert {each.tag for each in suite.iter()} <= {
        "testsuite", "properties", "property", "testcase", "failure", "error", "system-out"
    }  # fmt: skip
    shown = clean(text, 100)
    assert shown[:20] in (suite.get("name") or "")
    assert len(junit_xml([changed])) < 500_000


def test_no_findings_at_all_is_not_green(judgement: Judgement) -> None:
    suite = _suite(judgement.model_copy(update={"verdict": Verdict.UNKNOWN, "findings": (), "why": ""}))
    assert suite.get("errors") == "1"
