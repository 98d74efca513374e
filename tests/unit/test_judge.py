"""Whole run folders, judged: a good one, and the same one aborted, emptied or betrayed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.history.rows import Kind
from deadair.judging.judge import judge
from deadair.model.alert_path import AlertPath
from deadair.model.run_folder import RunFolder
from deadair.rules.shows_age import ShowsAge
from tests.histories.ops import Row, fault_step, op, sample, shows, us
from tests.unit.judged_nights import SCENARIO, SOUTH, Change, environment, night, plus, told, without

pytestmark = pytest.mark.usefixtures("partitions_proved_by_one_fact")


@pytest.mark.clause("J2")
def test_a_good_night_passes_and_says_everything(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path))
    assert (judgement.verdict, judgement.doubts) == ("pass", ())
    assert judgement.why == "5 of 5 silences were alerted in time; longest time to alert 2.0 min"
    judged = {finding.rule: (finding.judged, finding.violations) for finding in judgement.findings}
    assert judged == {
        "no_data_deadline": (5, 0),
        "no_false_alarm": (20, 0),
        "nothing_lost": (150, 0),
        "shows_age": (130, 0),
        "freshness": (70, 0),
        "recovers": (11, 0),
        "status_published": (2, 0),
    }
    silences = judgement.silences
    assert (silences.count, silences.alerted_in_time, silences.excused, silences.time_to_alert_s.max) == (5, 5, 0, 120)
    assert judgement.alert_paths["service_push"].model_dump() == {"alerted_in_time": 5, "alerted_first": 5}
    assert judgement.alert_paths["sentinel_push"].model_dump() == {"alerted_in_time": 0, "alerted_first": 0}
    (fault,) = judgement.faults
    assert (fault.begun_at_s, fault.healed_at_s) == (0, 30 * 60)
    assert (fault.intended_begin_at_s, fault.intended_heal_at_s) == (0, 30 * 60)
    assert fault.begun and fault.proved and fault.healed and fault.heal_proved
    assert fault.blast_radius == "5 silences began while it lasted, 0 were not alerted in time"
    assert (judgement.health.fleet_lag_ms_p99, judgement.health.recorders_alive) == (0, True)
    assert (judgement.engine, judgement.subject.version, judgement.seed) == ("live", "1.0", 1)
    assert judgement.replay == f"deadair replay {tmp_path}/reports/plain/20191130T060000Z-1"
    assert judgement.findings[0].examples[0].at_s == 17 * 60


def test_a_run_is_judged_by_the_alert_paths_that_it_wrote_down(tmp_path: Path) -> None:
    def by_letter(rows: list[Row]) -> list[Row]:
        return [row | {"path": "letter"} if row.get("path") else row for row in rows]

    folder = night(tmp_path, by_letter, sealed=False)
    paths = (AlertPath("letter", whose="service", through_gateway=True),)
    folder.scenario.write_text(folder.scenario.read_text().replace(", alert_paths: [service_push]", ""))
    folder.environment.write_text(environment().model_copy(update={"alert_paths": paths}).model_dump_json())
    seal(folder.history)
    judgement = judge(folder)
    assert (judgement.verdict, judgement.silences.alerted_in_time) == ("pass", 5)
    assert {path: tally.alerted_first for path, tally in judgement.alert_paths.items()} == {"letter": 5}


def test_judging_twice_says_the_same(tmp_path: Path) -> None:
    folder = night(tmp_path)
    assert judge(folder) == judge(folder)


def test_nobody_alerted_fails_and_names_the_cohort(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, without(kind="alarm")))
    assert judgement.verdict == "fail"
    assert judgement.why == ("no_data_deadline: 5 of 5 silences were not alerted within 5m; never alerted: 5 in south")
    assert judgement.faults[0].blast_radius == "5 silences began while it lasted, 5 were not alerted in time"
    assert judgement.silences.alerted_in_time == 0


def test_the_first_violated_rule_speaks_and_the_others_are_named(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: without(kind="alarm")(without(detail="old")(rows))))
    assert judgement.why.endswith("; also violated: shows_age")


@pytest.mark.clause("J3")
def test_a_rule_that_breaks_down_is_unknown_and_the_others_still_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(ShowsAge, "judge", break_down)
    judgement = judge(night(tmp_path))
    assert judgement.verdict == "unknown"
    assert judgement.findings[3].why == "the rule itself failed: ZeroDivisionError: of all things"
    assert sum(finding.verdict == "pass" for finding in judgement.findings) == 6
    assert judge(night(tmp_path / "again", without(kind="alarm"))).verdict == "fail"


def until_abort(at: float) -> Change:
    def cut(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["at_us"] < us(at)] + [op("runner", Kind.ABORT, at, detail="the operator")]

    return cut


@pytest.mark.clause("D4", "J4")
def test_an_aborted_run_is_aborted(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, until_abort(34)))
    assert (judgement.verdict, judgement.why) == ("aborted", "aborted: the operator")
    assert judgement.silences.excused == 5


@pytest.mark.clause("J5")
def test_what_was_violated_before_the_abort_stays_a_fail(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: until_abort(40)(without(kind="alarm")(rows))))
    assert judgement.verdict == "fail"


def test_an_abort_that_only_the_ledger_knows_is_aborted(tmp_path: Path) -> None:
    folder = night(tmp_path, lambda rows: [row for row in rows if row["at_us"] < us(30)], sealed=False)
    line = {"by": "guardian", "seq": 0, "at_us": us(30), "what": "abort", "reason": "the runner is gone"}
    folder.ledger.write_text("torn {\n" + json.dumps(line) + "\n")
    judgement = judge(folder)
    assert (judgement.verdict, judgement.why) == ("aborted", "aborted: the runner is gone")


@pytest.mark.clause("V12")
def test_a_break_that_nobody_could_heal_is_a_doubt_by_its_name_and_no_pass(tmp_path: Path) -> None:
    folder = night(tmp_path)
    broken = {"injector": "firewall", "action": "drop", "subject": "watchdog", "knobs": {}}
    about = {"seq": 0, "at_us": us(30), "fault": "f1", "break": broken}
    told_of = [
        {**about, "by": "maker", "what": "break"},
        {**about, "by": "guardian", "what": "not_healed", "reason": "this version has no injector 'firewall'"},
    ]
    with folder.ledger.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in told_of)
    seal(folder.history)
    judgement = judge(folder)
    said = "not healed by anybody, as the ledger says: f1: drop watchdog (this version has no injector 'firewall')"
    assert (judgement.verdict, judgement.why) == ("unknown", f"nothing is proved: {said}")
    assert [doubt.what for doubt in judgement.doubts if doubt.kind == "validity"] == [said]


def test_a_fault_that_an_abort_came_before_is_told_as_not_begun(tmp_path: Path) -> None:
    (fault,) = judge(night(tmp_path, until_abort(12))).faults
    assert (fault.begun, fault.proved, fault.healed, fault.why) == (False, False, False, "it was never begun")


@pytest.mark.clause("C1")
def test_a_fault_without_effect_is_unknown(tmp_path: Path) -> None:
    def idle(rows: list[Row]) -> list[Row]:
        without_looks = without(kind="sample")(rows)
        return [*without_looks, *(sample(at, "f1", when, stalled=0) for at, when in ((20, "during"), (44, "after")))]

    judgement = judge(night(tmp_path, idle))
    assert judgement.verdict == "unknown"
    assert "f1 (partition at uplink[south]) was not proved to have had an effect" in judgement.why


@pytest.mark.clause("C2")
def test_a_heal_that_was_not_proved_is_unknown(tmp_path: Path) -> None:
    still = sample(45, "f1", "after", stalled=1)
    judgement = judge(night(tmp_path, plus(still)))
    assert (judgement.verdict, judgement.faults[0].heal_proved) == ("unknown", False)


@pytest.mark.clause("C1")
def test_a_signature_that_nobody_looked_at_or_that_cannot_be_judged_proves_nothing(tmp_path: Path) -> None:
    unseen = judge(night(tmp_path / "a", without(kind="sample")))
    half = judge(night(tmp_path / "b", lambda rows: [r for r in rows if "during" not in str(r.get("detail"))]))
    assert (unseen.verdict, unseen.faults[0].why) == ("unknown", "nobody looked at its signature")
    assert (half.verdict, half.faults[0].proved) == ("unknown", False)
    assert half.faults[0].why == "its signature could not be judged: KeyError: 'during'"


@pytest.mark.clause("C4", "C5", "C6", "C7")
def test_a_fault_healed_before_anyone_could_go_blind_is_unknown(tmp_path: Path) -> None:
    def unharmed(rows: list[Row]) -> list[Row]:
        calm = [row for row in rows if row["kind"] not in ("alarm", "clear") and row.get("detail") != "old"]
        calm = [{**row, "detail": "clear"} if row.get("detail") == "incident" else row for row in calm]
        return [*calm, *(shows(at, at, phone=number) for number in SOUTH for at in (15, 20, 25, 30, 35))]

    judgement = judge(night(tmp_path, unharmed))
    assert judgement.verdict == "unknown"
    assert judgement.faults[0].blast_radius == "no silence began while it lasted"
    assert told(judgement, "coverage") == [
        "f1 (partition at uplink[south]) overlaps the window of no judged silence: it tested nobody",
        "5 silences were promised, and 0 could be judged",
        "no_data_deadline had nothing to judge",
        "status_published had nothing to judge",
        "the alert path service_push was promised, and it alerted nobody in time",
    ]


@pytest.mark.clause("C3")
def test_a_fault_that_was_there_for_a_small_part_of_its_time_is_unknown(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> list[Row]:
        rows = [row for row in rows if row["kind"] not in ("fault", "sample")]
        steps = ((31, "begin"), (31, "begun"), (32, "heal"), (32, "healed"))
        rows += [fault_step(at, "f1", event) for at, event in steps]
        looks = ((30, "before", 0), (31.5, "during", 1), (33, "after", 0))
        return [*rows, *(sample(at, "f1", when, stalled=stalled) for at, when, stalled in looks)]

    found = judge(night(tmp_path, change))
    assert found.verdict == "unknown"
    assert "f1 (partition at uplink[south]) was there for 60 s of 1800 s" in [doubt.what for doubt in found.doubts]


@pytest.mark.clause("C13")
@pytest.mark.parametrize(
    ("event", "at", "said"),
    [
        ("begun", 13.4, None),
        ("begun", 14, "f1 (partition at uplink[south]) was begun 60 s late; 30 s are allowed"),
        ("healed", 43.4, None),
        ("healed", 44, "f1 (partition at uplink[south]) was healed 60 s late; 30 s are allowed"),
    ],
)
def test_a_fault_that_was_made_or_healed_late_is_unknown(
    tmp_path: Path, event: str, at: float, said: str | None
) -> None:
    def late(rows: list[Row]) -> list[Row]:
        return [{**r, "at_us": us(at)} if r["kind"] == "fault" and f'"{event}"' in r["detail"] else r for r in rows]

    judgement = judge(night(tmp_path, late))
    assert judgement.verdict == ("unknown" if said else "pass")
    assert told(judgement, "coverage") == ([said] if said else [])


@pytest.mark.clause("C8")
@pytest.mark.parametrize(
    ("phase", "at", "said"),
    [("recovery", 31, "the storm lasted 18 min of 40 min"), ("end", 55, "the recovery lasted 2 min of 20 min")],
)
def test_a_phase_that_was_over_long_before_its_time_is_unknown(
    tmp_path: Path, phase: str, at: float, said: str
) -> None:
    def hurried(rows: list[Row]) -> list[Row]:
        return [{**r, "at_us": us(at)} if r["kind"] == "phase" and r["detail"] == phase else r for r in rows]

    judgement = judge(night(tmp_path, hurried))
    assert judgement.verdict == "unknown"
    assert said in told(judgement, "coverage")


@pytest.mark.clause("C4")
def test_a_fault_at_one_cohort_is_not_covered_by_the_silences_of_another(tmp_path: Path) -> None:
    folder = night(tmp_path)
    moved = SCENARIO.replace("{south: 50%}", "{south: 50%, east: 50%}").replace("uplink[south]", "uplink[east]")
    folder.scenario.write_text(moved)
    seal(folder.history)
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == [
        "f1 (partition at uplink[east]) overlaps the window of no judged silence: it tested nobody"
    ]


@pytest.mark.clause("C6")
def test_a_path_that_was_promised_and_alerted_nobody_is_unknown(tmp_path: Path) -> None:
    def by_sentinel(rows: list[Row]) -> list[Row]:
        return [{**row, "path": "sentinel_push"} if row["kind"] in ("alarm", "accepted") else row for row in rows]

    judgement = judge(night(tmp_path, by_sentinel))
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == ["the alert path service_push was promised, and it alerted nobody in time"]


def test_a_folder_below_where_one_stands_is_written_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert RunFolder(tmp_path / "reports/x").shown == "reports/x"
    assert RunFolder(Path("/elsewhere/x")).shown == "/elsewhere/x"
