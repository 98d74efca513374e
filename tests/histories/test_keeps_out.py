"""Who may get in, and who may not. A round: the right password opens a session, its own reading is read by it."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence
from deadair.rules.keeps_out import LET_IN, KeepsOut
from tests.histories.ops import ALWAYS_FRESH, Row, counts, entry, evidence, fault


def judged(seen: Evidence) -> Finding:
    return KeepsOut().judge(seen)


def opened(at: float, number: int = 1) -> list[Row]:
    return [
        entry(at, "right_password", "let_in", number=number, due=at),
        entry(at, "own_session", "let_in", number=number),
    ]


def door(*rows: Row | list[Row], **more: Any) -> Finding:
    return judged(evidence(ALWAYS_FRESH, *rows, **more))


@pytest.mark.clause("Y1")
@pytest.mark.parametrize("what", LET_IN)
def test_whoever_is_let_in_without_a_right_to_is_violated_and_the_rule_says_how(what: str) -> None:
    found = door(opened(20), entry(20, what, "let_in"), entry(21, what, "kept_out"))
    assert counts(found) == ("fail", 3, 1, 0, 0)
    assert found.why == f"{LET_IN[what]} (1 time)"


@pytest.mark.clause("Y1")
def test_a_stranger_who_is_let_in_is_violated_while_the_right_one_is_not_and_a_fault_is_there() -> None:
    broken = (fault("gateway", 15, 25),)
    seen = [entry(20, "right_password", "info", due=20), entry(20, "wrong_password", "let_in")]
    assert counts(door(seen, faults=broken)) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("Y2")
def test_a_stranger_who_is_kept_out_is_held_if_the_right_one_got_in_and_read_his_own_in_that_round() -> None:
    kept_out = entry(20, "wrong_password", "kept_out")
    assert counts(door(opened(20), kept_out)) == ("pass", 2, 0, 0, 0)
    assert counts(door(opened(20, number=2), kept_out)) == ("pass", 1, 0, 1, 0)
    assert counts(door(opened(20)[:1], kept_out)) == ("pass", 1, 0, 1, 0)
    assert counts(door(opened(20)[1:], kept_out)) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("Y3")
def test_what_says_nothing_about_the_door_is_no_case_and_neither_is_what_came_after_the_end() -> None:
    for what in (*LET_IN, "right_password"):
        assert counts(door(entry(20, what, "info", due=0))) == ("unknown", 0, 0, 0, 0)
        assert counts(door(entry(91, what, "let_in"))) == ("unknown", 0, 0, 0, 0)
    assert counts(door(entry(20, "own_session", "let_in"))) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("Y4")
def test_the_right_password_that_is_refused_is_violated_once_no_lock_out_can_last() -> None:
    assert counts(door(entry(20, "right_password", "let_in", due=30))) == ("pass", 1, 0, 0, 0)
    found = door(entry(21, "right_password", "kept_out", due=20))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert found.why == "the right password was refused (1 time)"
    assert counts(door(entry(20.9, "right_password", "kept_out", due=20))) == ("unknown", 0, 0, 1, 0)
    assert counts(door(entry(20, "right_password", "kept_out"))) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("Y5")
@pytest.mark.parametrize(
    ("where", "begin", "heal", "verdict"),
    [
        ("gateway", 10, 20, "unknown"),
        ("gateway", 10, 18.9, "fail"),
        ("notifier→push", 20, None, "unknown"),
        ("gateway", 20.1, 30, "fail"),
        ("uplink", 10, 30, "fail"),
    ],
)
def test_the_right_password_may_be_refused_while_a_fault_strikes_the_service(
    where: str, begin: float, heal: float | None, verdict: str
) -> None:
    found = door(entry(20, "right_password", "kept_out", due=0), faults=(fault(where, begin, heal),))
    assert found.verdict == verdict


@pytest.mark.clause("Y6")
@pytest.mark.parametrize(("doubt", "suspected"), [((10, 17.9), 0), ((10, 18), 1), ((20, 30), 1), ((20.1, 30), 0)])
def test_a_doubt_in_the_time_of_a_try_takes_it_out(doubt: tuple[float, float], suspected: int) -> None:
    assert door(entry(20, "wrong_password", "let_in", took=2), doubt=doubt).suspected == suspected
