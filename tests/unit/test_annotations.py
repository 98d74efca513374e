"""Remarks point at the line of a scenario, are few, and no text of a run is a command to whoever reads the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.model.judgement import Example, FaultReport, Finding, Judgement
from deadair.model.verdict import Verdict
from deadair.reporting.annotations import ANNOTATIONS_MAX, Annotation, github_lines, gitlab_report, remarks
from tests.unit.runner_stand_in import judgement

SCENARIO = """name: late
timeline:
  - {at: 0m, lasts: 8m, where: gateway, fault: {kind: kill}}
  - {at: 9m, lasts: 8m, where: gateway, fault: {kind: pause}}
checks:
  - {kind: recovers, within: 10m}
  -
    within: 5m
    kind: no_data_deadline
"""


def unproved(fault_id: str) -> FaultReport:
    return FaultReport(
        id=fault_id, kind="pause", where="gateway", begun_at_s=1.0, healed_at_s=2.0, begun=True, proved=False,
        healed=True, heal_proved=True, why="nobody saw it",
    )  # fmt: skip


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "gate" / "late.yaml"
    path.parent.mkdir()
    path.write_text(SCENARIO, "utf-8")
    return path


def test_a_violated_rule_points_at_its_check_and_a_fault_at_its_line(scenario: Path) -> None:
    run = judgement("late", Verdict.FAIL, "no_data_deadline").model_copy(update={"faults": (unproved("f2"),)})
    first, second = remarks([(scenario, run)])
    assert (first.path, first.line, first.error) == ("gate/late.yaml", 8, True)
    assert first.title == "late: no_data_deadline"
    assert (second.path, second.line, second.error) == ("gate/late.yaml", 4, False)


def test_a_run_that_passed_is_not_remarked_on_and_an_unknown_one_is_by_its_reason(scenario: Path) -> None:
    assert remarks([(scenario, judgement("late", Verdict.PASS))]) == ()
    (one,) = remarks([(scenario, judgement("late", Verdict.UNKNOWN))])
    assert (one.line, one.error, one.text) == (1, False, "because")


def test_violations_come_first_and_there_are_ten_at_the_most(scenario: Path) -> None:
    unknown = [(scenario, judgement("late", Verdict.UNKNOWN))] * 9
    failed = [(scenario, judgement("late", Verdict.FAIL, "recovers", "no_data_deadline"))] * 3
    found = remarks([*unknown, *failed])
    assert len(found) == ANNOTATIONS_MAX
    assert [each.error for each in found] == [True] * 6 + [False] * 4


def test_a_file_elsewhere_or_unreadable_gets_no_line(tmp_path: Path, scenario: Path) -> None:
    run = judgement("late", Verdict.FAIL, "recovers")
    (elsewhere,) = remarks([(Path("/nowhere/late.yaml"), run)])
    assert (elsewhere.path, elsewhere.line) == (None, 1)
    scenario.write_text("{", "utf-8")
    (broken,) = remarks([(scenario, run)])
    assert (broken.path, broken.line) == ("gate/late.yaml", 1)
    (nobody,) = remarks([(None, run)])
    assert nobody.path is None


def test_no_text_of_a_run_is_a_command_of_its_own() -> None:
    example = Example(what="50%\n::error::mine")
    finding = Finding(
        rule="r\n::stop-commands::x", verdict=Verdict.FAIL, judged=1, violations=1, why="a,b:c", examples=(example,)
    )
    run: Judgement = judgement("n", Verdict.FAIL).model_copy(update={"findings": (finding,)})
    (line,) = github_lines(remarks([(None, run)]))
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::error title=n%3A r ")
    assert "50%25" in line


def test_github_reads_a_file_and_a_line() -> None:
    found = Annotation("a,b:c%.yaml", 7, True, "t", "100% late\nindeed")
    assert list(github_lines([found])) == [
        "::error file=a%2Cb%3Ac%25.yaml,line=7,title=t::100%25 late%0Aindeed",
    ]


def test_gitlab_gets_an_entry_for_each_with_a_fingerprint_of_its_own() -> None:
    found = [
        Annotation("a.yaml", 1, True, "t", "x"),
        Annotation("a.yaml", 2, False, "t", "x"),
        Annotation(None, 1, True, "t", "x"),
    ]
    entries = json.loads(gitlab_report(found))
    assert [(each["location"]["lines"]["begin"], each["severity"]) for each in entries] == [
        (1, "critical"),
        (2, "major"),
    ]
    assert len({each["fingerprint"] for each in entries}) == 2
