"""The table of both engines names what virtual time has no target for, and wants its defects caught in live runs."""

from __future__ import annotations

from deadair.model.judgement import Finding, Judgement, Subject
from deadair.model.verdict import Verdict
from tools.parity import NOT_SIMULATED, Case, cases, compared, keys, page, survivors

LIVE_ONLY = "database-unreachable"


def judgement(case: Case, *violated: str) -> Judgement:
    return Judgement(
        scenario=case.scenario.name,
        target=case.scenario.target.name,
        engine="live",
        seed=1,
        speed=60,
        verdict=Verdict.FAIL if violated else Verdict.PASS,
        why="",
        subject=Subject(version="1", command="", configuration_sha256=""),
        findings=tuple(Finding(rule=rule, verdict=Verdict.FAIL, why="", judged=1, violations=1) for rule in violated),
        history_sha256="",
        replay="",
    )


def test_only_what_has_a_target_of_virtual_time_is_run_there() -> None:
    assert {case.scenario.name for case in cases() if not case.can_be_simulated} == {LIVE_ONLY}


def test_a_scenario_that_is_not_simulated_is_said_to_be_so_in_both_tables() -> None:
    rows = [compared(case, (), judgement(case) if case.can_be_simulated else None) for case in cases()]
    lines = [line for line in page(rows).splitlines() if NOT_SIMULATED in line and line.startswith("|")]
    assert [line.split(" | ")[1] for line in lines[:2]] == ["good", "waits-for-store"]
    assert lines[2].startswith(f"| waits-for-store | {LIVE_ONLY} | no_data_deadline | – | {NOT_SIMULATED} |")
    assert len(lines) == 3
    assert keys(rows) == []


def test_a_defect_that_is_not_simulated_survives_if_a_live_run_does_not_catch_it() -> None:
    case = next(case for case in cases() if case.scenario.name == LIVE_ONLY and case.defects)
    caught = judgement(case, "no_data_deadline")
    for runs, escaped in (((), []), ((caught,), []), ((caught, judgement(case)), [case.name])):
        assert list(survivors([compared(case, runs, None)])) == escaped
