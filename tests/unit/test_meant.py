"""What a fault is meant for: to silence somebody, or to disturb nobody; and that neither makes an empty run green."""

# ruff: noqa: E501 - refusals read better on one line

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.history.rows import Kind
from deadair.judging.judge import judge
from deadair.model.judgement import Judgement
from deadair.reporting.junit import junit_xml
from deadair.reporting.markdown import summary_md
from deadair.reporting.terminal_summary import summarise
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.runner import try_out
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS
from tests.histories.ops import Row
from tests.unit.judged_nights import SCENARIO, good_night, night, told, without
from tests.unit.scenario_texts import changed, read, refusal
from tests.unit.small_night import SCENARIO as SMALL

pytestmark = pytest.mark.usefixtures("partitions_proved_by_one_fact")

PROMISES = "promises: {silences: 5, alert_paths: [service_push]}\n"
CALM = SCENARIO.replace(PROMISES, "").replace("{kind: partition}}", "{kind: partition}, meant: to_disturb_nobody}")


def calm_rows() -> list[Row]:
    return good_night(disturbed=False)


def judged(tmp_path: Path, scenario: str, rows: list[Row]) -> Judgement:
    return judge(night(tmp_path, lambda _: rows, scenario=scenario))


@pytest.mark.clause("J8")
def test_a_fault_that_is_meant_to_disturb_nobody_and_disturbs_nobody_passes(tmp_path: Path) -> None:
    judgement = judged(tmp_path, CALM, calm_rows())
    assert (judgement.verdict, judgement.doubts) == ("pass", ())
    rules = ["no_false_alarm", "nothing_lost", "shows_age", "freshness", "recovers"]
    assert [finding.rule for finding in judgement.findings] == rules
    assert all(finding.judged for finding in judgement.findings)
    why = "nobody went blind, as was meant, so it had no case"
    assert [(idle.rule, idle.why) for idle in judgement.not_judged] == [
        ("no_data_deadline", why), ("status_published", why)
    ]  # fmt: skip
    radius = "no silence began while it lasted; it was meant to disturb nobody"
    assert judgement.faults[0].blast_radius == radius


@pytest.mark.clause("C4")
@pytest.mark.parametrize("disturbed", [False, True])
def test_a_fault_that_is_meant_for_either_asks_for_no_silence_and_forbids_none(tmp_path: Path, disturbed: bool) -> None:
    either = SCENARIO.replace("{kind: partition}}", "{kind: partition}, meant: either}")
    judgement = judged(tmp_path, either.replace(PROMISES, "promises: {silences: 0}\n"), good_night(disturbed=disturbed))
    assert [doubt.what for doubt in judgement.doubts if "f1" in doubt.what or "meant" in doubt.what] == []
    assert judgement.silences.count == (5 if disturbed else 0)
    demanding = judged(tmp_path / "default", SCENARIO, good_night(disturbed=disturbed))
    tested = [doubt.what for doubt in demanding.doubts if "it tested nobody" in doubt.what]
    assert len(tested) == (0 if disturbed else 1)


def test_every_report_says_which_rule_was_not_judged(tmp_path: Path) -> None:
    judgement = judged(tmp_path, CALM, calm_rows())
    line = "no_data_deadline: nobody went blind, as was meant, so it had no case"
    assert f"not judged: {line}" in " ".join(summarise(judgement, night(tmp_path / "other")).split())
    assert "Not judged" in summary_md(judgement)
    (suite,) = ElementTree.fromstring(junit_xml([judgement]))  # noqa: S314 - our own
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert (suite.get("tests"), suite.get("skipped"), suite.get("errors")) == (str(len(cases)), "2", "0")
    assert [name for name, case in cases.items() if case.find("skipped") is not None] == [
        "no_data_deadline", "status_published"
    ]  # fmt: skip


@pytest.mark.clause("C4", "C5", "C7")
def test_the_same_run_proves_nothing_if_its_fault_was_meant_to_silence(tmp_path: Path) -> None:
    judgement = judged(tmp_path, CALM.replace(", meant: to_disturb_nobody", ""), calm_rows())
    assert (judgement.verdict, judgement.not_judged) == ("unknown", ())
    assert told(judgement, "coverage") == [
        "f1 (partition at uplink[south]) overlaps the window of no judged silence: it tested nobody",
        "1 silence was promised, and 0 could be judged",
        "no_data_deadline had nothing to judge",
        "status_published had nothing to judge",
    ]


@pytest.mark.clause("C12")
def test_whoever_was_disturbed_all_the_same_makes_it_unknown_and_whoever_was_not_alerted_a_fail(tmp_path: Path) -> None:
    judgement = judged(tmp_path / "alerted", CALM, good_night())
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == ["every fault was meant to disturb nobody, and there were 5 silences"]
    assert judgement.not_judged == ()
    assert judged(tmp_path / "never", CALM, without(kind="alarm")(good_night())).verdict == "fail"


def test_it_must_be_proved_all_the_same(tmp_path: Path) -> None:
    rows = [row for row in calm_rows() if row["kind"] != Kind.SAMPLE]
    judgement = judged(tmp_path, CALM, rows)
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage")[0].startswith("f1 (partition at uplink[south]) was not proved to have had an")


def test_a_rule_that_breaks_down_is_not_taken_for_one_without_a_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(NoDataDeadline, "judge", break_down)
    judgement = judged(tmp_path, CALM, calm_rows())
    assert judgement.verdict == "unknown"
    assert [idle.rule for idle in judgement.not_judged] == ["status_published"]


def test_a_run_without_a_fault_stays_unknown(tmp_path: Path) -> None:
    head, _, rest = CALM.partition("timeline:\n")
    empty = f"{head}promises: {{silences: 0}}\ntimeline: []\n{rest[rest.index('checks:') :]}"
    rows = [row for row in calm_rows() if row["kind"] not in (Kind.SAMPLE, Kind.FAULT)]
    judgement = judged(tmp_path, empty, rows)
    assert (judgement.verdict, judgement.not_judged) == ("unknown", ())


def test_a_rule_of_silences_alone_judges_nothing(tmp_path: Path) -> None:
    head, _, rest = CALM.partition("  - {kind: no_false_alarm}")
    assert "recovers" in rest
    judgement = judged(tmp_path, head, calm_rows())
    assert (judgement.verdict, judgement.findings) == ("unknown", ())
    assert judgement.why == "nothing is proved: there was no rule to judge by"


@pytest.mark.parametrize("node", ["watchdog", "processor", "notifier"])
def test_a_node_that_restarts_while_all_is_well_passes_on_the_good_service(node: str) -> None:
    head, _, _ = SMALL.partition("timeline:\n")
    text = (
        f"{head}timeline:\n  - {{at: 3m, lasts: 30s, where: {node}, fault: {{kind: kill}}, meant: to_disturb_nobody}}\n"
        "checks: [{kind: no_data_deadline}, {kind: no_false_alarm}, {kind: nothing_lost}, {kind: shows_age},\n"
        "         {kind: recovers, within: 10m}, {kind: status_published}]\n"
    )
    judgement = try_out(RunPlan.drawn(loads(text, "restart.yaml"), TARGETS["reference"]))
    assert judgement.verdict == "pass", judgement.why
    assert "no_data_deadline" in [idle.rule for idle in judgement.not_judged]


# --- as it is written ----------------------------------------------------------------------------------------------

MEANT = "{kind: partition}, meant: to_disturb_nobody}"


def calm(*more: tuple[str, str]) -> str:
    text = changed("{kind: partition}}", MEANT).replace("kind: no_data_deadline", "kind: no_false_alarm")
    for old, new in more:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_it_is_read_and_written_and_needs_no_promise() -> None:
    scenario = read(calm())
    assert (scenario.disturbs_nobody, scenario.silences_promised) == (True, 0)
    assert read(dump(scenario)) == scenario
    plain = read(changed("seed: 1", "seed: 1"))
    assert (plain.disturbs_nobody, plain.silences_promised) == (False, 1)
    assert read(changed("{kind: partition}}", "{kind: partition}, meant: to_silence}")).timeline[0].must_silence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (calm(("disturb_nobody", "disturb")), "s.yaml:9:83: timeline[0].meant: 'to_disturb' is not a word known here; did"),
        (calm(("timeline:", "promises: {silences: 2}\ntimeline:")),
         "s.yaml:8:22: promises.silences: 2 silences cannot be promised, for every fault is meant to disturb nobody: nobody is to go blind; write 0, or leave it out"),
        (calm(("timeline:", "promises: {alert_paths: [service_push]}\ntimeline:")),
         "s.yaml:8:25: promises.alert_paths: no alert path can be promised, for every fault is meant to disturb nobody: there is nothing to alert of; leave it out"),
        (calm(("no_false_alarm", "no_data_deadline")),
         "s.yaml:11:3: checks: every fault is meant to disturb nobody, and these rules have a case only where somebody goes blind; add another, such as no_false_alarm"),
        (changed('\n  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}', " []"),
         "s.yaml:8:11: timeline: nothing breaks, so nobody goes blind, and 1 silence is promised by default; add a fault, or write `promises: {silences: 0}`"),
        (changed('timeline:\n  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}', "promises: {silences: 1}\ntimeline: []"),
         "s.yaml:8:22: promises.silences: 1 silence cannot be promised, for the timeline is empty: nobody is to go blind; write 0, or add a fault"),
    ],
)  # fmt: skip
def test_promises_that_no_run_could_keep_are_refused(text: str, expected: str) -> None:
    (line,) = refusal(text)
    assert line.startswith(expected)
