"""The kill matrix: who is caught by whom, and when that is green."""

from __future__ import annotations

import pytest

from deadair.canary.canary import LONG, matrix_plan
from deadair.canary.kill_matrix import KillMatrix, MatrixPlan
from deadair.canary.matrix_cell import MUST_CATCH, CellOutcome, HowSeen, MatrixCell, seen, wrong
from deadair.model.verdict import Exit, Verdict
from deadair.scenario.shipped import shipped
from deadair.targets.reference_defects import HELD_TO

PROVIDER, LOWS = "smoke/provider", "smoke/lows"
PASS = CellOutcome(Verdict.PASS)
PLAN = MatrixPlan(("gives-up", "lows-untold"), (LOWS, PROVIDER), whole=False)


def failed(*rules: str) -> CellOutcome:
    return CellOutcome(Verdict.FAIL, rules, "why")


GREEN = {
    MatrixCell("", LOWS): PASS,
    MatrixCell("", PROVIDER): PASS,
    MatrixCell("gives-up", PROVIDER): failed("no_data_deadline"),
    MatrixCell("lows-untold", LOWS): failed("low_alerted"),
}


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (PASS, HowSeen.NOT),
        (failed("no_data_deadline"), HowSeen.OWN),
        (failed("no_data_deadline", "recovers"), HowSeen.OWN_AND_OTHER),
        (failed("recovers"), HowSeen.OTHER),
        (failed(), HowSeen.OTHER),
        (CellOutcome(Verdict.UNKNOWN), HowSeen.UNKNOWN),
        (CellOutcome(Verdict.ABORTED), HowSeen.UNKNOWN),
    ],
)
def test_how_a_defect_is_seen_goes_by_its_own_rule(outcome: CellOutcome, found: HowSeen) -> None:
    assert seen(MatrixCell("gives-up", LOWS), outcome) is found, "in a scenario that is not held to it"
    assert seen(MatrixCell("gives-up", PROVIDER), outcome) is found
    assert bool(wrong(MatrixCell("gives-up", PROVIDER), outcome)) == (found is not HowSeen.OWN)
    assert not wrong(MatrixCell("gives-up", LOWS), outcome), "it has not to be caught there"
    assert bool(wrong(MatrixCell("", LOWS), outcome)) == (outcome is not PASS)


def test_the_rule_that_counts_is_the_one_of_the_scenario() -> None:
    held = next(name for name, places in HELD_TO.items() if len(places) == 1)
    ((scenario, rule),) = HELD_TO[held].items()
    assert seen(MatrixCell(held, scenario), failed(rule)) is HowSeen.OWN
    assert seen(MatrixCell(held, "", night=3), failed(rule)) is HowSeen.OWN


def test_all_as_it_must_be_is_green_and_nothing_less() -> None:
    assert KillMatrix(PLAN, dict(GREEN)).code is Exit.PASS
    assert KillMatrix(PLAN, {}).code is Exit.UNKNOWN
    assert KillMatrix(PLAN, dict(GREEN), interrupted=True).code is Exit.ABORTED
    for cell in GREEN:
        rest = {one: outcome for one, outcome in GREEN.items() if one != cell}
        assert KillMatrix(PLAN, rest).code is Exit.UNKNOWN, "not run"
        lost = KillMatrix(PLAN, rest, {cell: "its process ended by itself"})
        assert (lost.code, lost.missing) == (Exit.UNKNOWN, [cell])
        assert KillMatrix(PLAN, {**rest, cell: CellOutcome(Verdict.UNKNOWN)}).code is Exit.UNKNOWN
        assert KillMatrix(PLAN, {**rest, cell: failed("shows_age")}).code is Exit.VIOLATED
        assert KillMatrix(PLAN, {**rest, cell: failed("shows_age")}, interrupted=True).code is Exit.VIOLATED
    assert KillMatrix(PLAN, {**GREEN, MatrixCell("gives-up", PROVIDER): PASS}).code is Exit.VIOLATED


def test_a_defect_that_nothing_is_held_to_in_what_was_run_is_not_green() -> None:
    plan = MatrixPlan(("gives-up",), (LOWS,), whole=True)
    matrix = KillMatrix(plan, {MatrixCell("", LOWS): PASS, MatrixCell("gives-up", LOWS): PASS})
    assert (matrix.code, matrix.uncaught) == (Exit.UNKNOWN, ["gives-up"])


def test_nights_have_to_pass_on_the_good_service_and_may_miss_a_defect() -> None:
    plan = MatrixPlan(("gives-up",), (PROVIDER,), whole=False, nights=2)
    outcomes = {cell: GREEN.get(cell, PASS) for cell in plan.cells()}
    matrix = KillMatrix(plan, {**outcomes, MatrixCell("gives-up", "", 1): failed("no_data_deadline", "recovers")})
    assert matrix.code is Exit.PASS
    assert matrix.of_nights("gives-up")[HowSeen.OWN_AND_OTHER] == matrix.of_nights("gives-up")[HowSeen.NOT] == 1
    assert KillMatrix(plan, {**outcomes, MatrixCell("", "", 1): failed("recovers")}).code is Exit.VIOLATED


def test_the_fast_matrix_has_what_must_be_caught_and_the_whole_one_all() -> None:
    fast, whole = (list(matrix_plan(fast=fast).cells()) for fast in (True, False))
    assert set(fast) < set(whole)
    assert {cell.scenario for cell in whole} == {
        name
        for name in shipped()
        if name.startswith(("smoke/", "gate/", "own/", "nights/", "regressions/"))
        and name != "gate/database-unreachable"
    }
    long = [cell for cell in whole if cell.scenario in LONG]
    short = [cell for cell in whole if cell not in long]
    assert len(short) == len(set(short)) == (len(HELD_TO) + 1) * len({cell.scenario for cell in short})
    assert {cell.scenario for cell in long if not cell.defect} == set(LONG)
    assert {(cell.defect, cell.scenario) for cell in long if cell.defect} == {
        (defect, name) for defect, name in MUST_CATCH if name in LONG
    }
    assert {cell.defect for cell in (*fast, *long)} == {"", *HELD_TO}, "what is not run in a hurry is run at length"
    one = matrix_plan(wanted=["gives-up"], fast=True)
    held = ("regressions/no-data-deadline-498a94bd", "smoke/provider")
    assert [str(cell) for cell in one.cells()] == [
        f"{build} in {name}" for build in ("the good service", "gives-up") for name in held
    ]
    slow = matrix_plan(wanted=["old-session-again"], fast=True)
    assert [cell.scenario for cell in slow.cells()] == ["nights/five-days"] * 2, "who is asked for by name is run"
