"""Who is blind, and stays so, must not be told that all is well.

T is 20 min, G 1 min and a poll comes every 2 min: an all-clear is judged by the minute before and the three after it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence
from deadair.rules.no_false_clear import NoFalseClear
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    accepted,
    alarm,
    clear,
    counts,
    evidence,
    reads,
    us,
)

PHONE_2_BLIND = [row for at in (0, 5, 10) for row in reads(at, phone=2)]
"""Blind from minute 30 to the end of the run in minute 90."""


def judged(seen: Evidence) -> Finding:
    return NoFalseClear().judge(seen)


def cleared(*minutes: float, says: str | None = "clear", outcome: str = "ok", end: float = 90) -> Evidence:
    """A phone that is blind from minute 30 to 55, and what the gateway took for it."""
    sent = [accepted(at, says=says, outcome=outcome) for at in minutes]
    return evidence(BLIND_FROM_30, alarm(33), sent=[accepted(33, says="no_data"), *sent], end=end)


@pytest.mark.clause("K2")
def test_an_all_clear_for_a_phone_that_is_blind_and_stays_so_is_false() -> None:
    found = judged(cleared(40))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert found.why == "1 phone was told that all is well while blind (1 time)"
    (example,) = found.examples
    assert (example.phone, example.at_s) == (1, 30 * 60)
    assert counts(judged(cleared(40, 41))) == ("fail", 2, 2, 0, 0)


@pytest.mark.clause("K2", "K3")
@pytest.mark.parametrize(("at", "false"), [
    (30.9, False), (31, True), (51.9, True), (52, False), (54, False), (55, False), (56, False), (70, False),
])  # fmt: skip
def test_one_that_the_phone_sees_before_it_or_soon_after_it_is_none(at: float, false: bool) -> None:
    assert judged(cleared(at)).violations == false


@pytest.mark.clause("K1")
def test_only_messages_that_the_gateway_took_are_all_clears() -> None:
    for seen in (cleared(40, says="no_data"), cleared(40, says=None), cleared(40, outcome="fail"), cleared(91)):
        assert counts(judged(seen)) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("K1")
def test_what_a_user_dismisses_is_none() -> None:
    assert counts(judged(evidence(BLIND_FROM_30, alarm(33), clear(35)))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("K1")
def test_it_is_the_blindness_of_its_own_phone_that_counts() -> None:
    seen = evidence(ALWAYS_FRESH, PHONE_2_BLIND, phones=2, sent=[accepted(40, phone=1, says="clear")])
    assert counts(judged(seen)) == ("pass", 2, 0, 0, 0)
    seen = evidence(ALWAYS_FRESH, PHONE_2_BLIND, phones=2, sent=[accepted(40, phone=2, says="clear")])
    assert counts(judged(seen)) == ("fail", 1, 1, 0, 0)
    assert counts(judged(evidence(BLIND_FROM_30, sent=[accepted(40, phone=7, says="clear")]))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("K4")
def test_one_too_near_to_the_end_to_know_is_excused() -> None:
    assert counts(judged(cleared(50, end=52))) == ("unknown", 0, 0, 1, 0)
    assert counts(judged(cleared(49, end=52))) == ("fail", 1, 1, 0, 0)
    assert counts(judged(cleared(35, 50, end=52))) == ("fail", 1, 1, 1, 0)


@pytest.mark.clause("K5")
def test_a_blind_stretch_without_one_is_held_if_it_is_long_enough_for_one_to_be_false() -> None:
    long, short = (evidence(reads(0, 5, 10), reads(at), end=60) for at in (34.1, 33.9))
    assert [counts(judged(one))[1] for one in (long, short)] == [2, 1]
    assert counts(judged(cleared(53))) == ("pass", 2, 0, 0, 0)
    assert counts(judged(evidence(ALWAYS_FRESH))) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("K6")
@pytest.mark.parametrize(("doubt", "suspected"), [((18, 18.9), 0), ((18, 19.5), 1), ((43, 44), 1), ((43.1, 44), 0)])
def test_a_doubt_in_the_window_of_an_all_clear_takes_it_out(doubt: tuple[float, float], suspected: int) -> None:
    seen = evidence(BLIND_FROM_30, sent=[accepted(40, says="clear")], doubt=doubt)
    assert judged(seen).suspected == suspected
    assert judged(seen).violations == 1 - suspected


@pytest.mark.clause("K6")
@pytest.mark.parametrize(("doubt", "suspected"), [((9, 9.9), 0), ((9, 10), 1), ((55, 56), 1), ((55.1, 56), 0)])
def test_a_doubt_in_a_quiet_stretch_takes_it_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(BLIND_FROM_30, doubt=doubt)).suspected == suspected


def test_without_how_often_phones_poll_nothing_is_judged() -> None:
    found = judged(replace(evidence(BLIND_FROM_30), reading_way=None))
    assert (found.verdict, found.why) == ("unknown", "nobody said how often phones poll")
    assert us(1) == evidence(BLIND_FROM_30).grace_us
