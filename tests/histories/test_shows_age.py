"""A screen may be blank or show an age, and never an old value as current."""

from __future__ import annotations

import pytest

from deadair.rules.blindness import Blind
from deadair.rules.shows_age import INVENTED, TOO_OLD, WENT_BLANK, ShowsAge
from tests.histories.ops import Row, counts, evidence, measured, reads, shows, us


@pytest.mark.clause("D8", "A2")
def test_a_reading_of_another_patient_is_invented() -> None:
    """Phone 1 follows patient 1: what patient 2's device made is nothing that it may show."""
    theirs = {**shows(11, 10, value=99), "patient": 2}
    found = ShowsAge().judge(evidence(reads(0, 5), measured(10, patient=2, value=99), theirs, phones=2))
    assert [example.what for example in found.examples] == [INVENTED]
    seen = evidence(reads(5), measured(20, patient=2), {**shows(20, 20), "patient": 2}, phones=2)
    assert seen.blind[1] == (Blind(us(25), None),)


def test_the_reasons_stand_in_one_order_however_often_it_is_judged() -> None:
    """As many screens of each kind, so that their number gives them no order."""
    old = [row for phone in (1, 2) for row in (*reads(5, phone=phone), shows(40, 5, phone=phone, style="old"))]
    blank = [row for phone in (3, 4) for row in (*reads(5, phone=phone), shows(10, None, phone=phone))]
    invented = [shows(5, 4, phone=phone) for phone in (5, 6)]
    seen = evidence(old, blank, invented, phones=6)
    (said,) = {ShowsAge().judge(seen).why for _ in range(30)}
    reasons = sorted((INVENTED, TOO_OLD, WENT_BLANK))
    assert said == "; ".join(f"2 phones {what} (2 times)" for what in reasons)


@pytest.mark.clause("A1")
def test_a_screen_that_shows_what_was_made_and_its_age_passes() -> None:
    aged = [*reads(0, 5, 10), shows(30, 10, style="old"), *reads(55, 70, 85)]
    assert counts(ShowsAge().judge(evidence(shows(0, None), aged))) == ("pass", 8, 0, 0, 0)


@pytest.mark.clause("A2", "A3", "A4")
@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([*reads(0, 5), shows(20, 6, style="old"), measured(6, value=99)], INVENTED),
        ([*reads(5), {**shows(20, 6), "detail": None}, measured(6, value=99)], INVENTED),
        ([*reads(5), shows(27, 5, style="old")], TOO_OLD),
        ([*reads(5), shows(25, 5, style="old"), measured(9), shows(40, 9), shows(40.1, 9, style="old")], TOO_OLD),
        ([*reads(5), shows(25, None)], WENT_BLANK),
        ([shows(0, None), *reads(5), shows(25, 5, style="old"), shows(30, None)], WENT_BLANK),
    ],
)
def test_a_screen_that_misleads_fails(rows: list[Row], what: str) -> None:
    found = ShowsAge().judge(evidence(rows))
    assert (found.verdict, found.violations, found.examples[0].what) == ("fail", 1, what)


@pytest.mark.clause("A1", "A3")
def test_a_screen_still_current_when_the_run_ends_is_judged_up_to_then() -> None:
    assert ShowsAge().judge(evidence(reads(5), end=26)).violations == 0
    assert ShowsAge().judge(evidence(reads(5), end=26.1)).violations == 1


@pytest.mark.clause("A4")
def test_a_phone_that_never_had_a_reading_may_be_blank() -> None:
    assert counts(ShowsAge().judge(evidence(shows(0, None), shows(9, None)))) == ("pass", 2, 0, 0, 0)


def test_without_a_screen_there_is_nothing_to_judge() -> None:
    assert counts(ShowsAge().judge(evidence())) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("A5")
def test_screens_in_a_doubtful_stretch_are_suspected() -> None:
    found = ShowsAge().judge(evidence(reads(5, 10), shows(60, 10, style="old"), doubt=(28, 29)))
    assert counts(found) == ("unknown", 2, 0, 0, 1)
