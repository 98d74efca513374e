"""Who stays blind is told again each R: 15 min, and 5 min more at the most."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence
from deadair.rules.no_data_repeats import NoDataRepeats
from tests.histories.ops import (
    BLIND_FROM_30,
    accepted,
    alarm,
    clear,
    counts,
    evidence,
    fault,
    measured,
    notice,
    reads,
    shows,
    us,
)

BLIND_TO_THE_END = reads(0, 5, 10)
"""Blind from minute 30 to the end in minute 90."""


def told_each(minutes: float, seen: Evidence) -> Evidence:
    """The same, where the follow says how often it wants to be told again."""
    phones = tuple(replace(phone, realarm_every_us=us(minutes)) for phone in seen.roster.phones)
    return replace(seen, roster=replace(seen.roster, phones=phones))


def judged(seen: Evidence, **knobs: object) -> Finding:
    return NoDataRepeats.model_validate(knobs).judge(seen)


@pytest.mark.clause("Q1", "Q2")
@pytest.mark.parametrize(("again", "verdict"), [(45, "pass"), (51, "pass"), (51.1, "fail"), (56, "fail")])
def test_an_alert_is_presented_again_by_r_and_what_it_may_be_late(again: float, verdict: str) -> None:
    found = judged(evidence(BLIND_FROM_30, alarm(31), alarm(again)))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("Q1")
def test_an_alert_after_which_the_phone_sees_or_the_run_ends_before_another_is_due_is_no_case() -> None:
    assert counts(judged(evidence(BLIND_FROM_30, alarm(36)))) == ("unknown", 0, 0, 0, 0)
    assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), end=50.9))) == ("unknown", 0, 0, 0, 0)
    assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), end=51))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("Q3")
def test_the_next_is_due_after_the_one_that_came_and_one_never_alerted_is_none() -> None:
    seen = evidence(BLIND_TO_THE_END, alarm(31), alarm(46), alarm(70), alarm(85))
    found = judged(seen)
    assert counts(found) == ("fail", 3, 1, 0, 0)
    assert found.examples[0].late_s == 24 * 60
    assert counts(judged(evidence(BLIND_TO_THE_END))) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("Q1", "Q3")
def test_who_saw_in_between_is_told_again_of_the_next_stretch_and_not_of_the_last() -> None:
    """Blind from 30 to 48 and from 52 on. Another was due by 51, when the phone saw."""
    saw = [*reads(0, 5, 10), measured(32), shows(48, 32), clear(48)]
    assert counts(judged(evidence(saw, alarm(31), alarm(57), end=70))) == ("unknown", 0, 0, 0, 0)
    assert counts(judged(evidence(saw, alarm(31), alarm(57), end=80))) == ("fail", 1, 1, 0, 0)
    assert counts(judged(evidence(saw, alarm(31), alarm(57), alarm(77), end=80))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("Q1")
@pytest.mark.parametrize(("again", "violations"), [(50, 0), (50.1, 1)])
def test_one_that_stands_at_the_beginning_counts_from_there(again: float, violations: int) -> None:
    assert judged(evidence(BLIND_TO_THE_END, notice(29), alarm(again), end=60)).violations == violations


@pytest.mark.clause("Q4", "D29")
def test_the_phones_own_alarm_counts_only_while_the_service_is_struck() -> None:
    own = [alarm(46, path="phone_timer"), alarm(61, path="phone_timer")]
    assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), own, end=80))) == ("fail", 1, 1, 0, 0)
    struck = (fault("watchdog", 40, 75),)
    assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), own, end=80, faults=struck))) == ("pass", 2, 0, 0, 0)
    for where, verdict in (("push", "pass"), ("push[south]", "pass"), ("push[north]", "fail")):
        refused = (fault(where, 40, 75),)
        seen = evidence(BLIND_TO_THE_END, alarm(31), own, end=80, faults=refused)
        assert counts(judged(seen))[0] == verdict, "a cohort's share of the provider is none of another's"
    for where in ("uplink", "processor"):
        cut = (fault(where, 40, 75),)
        assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), own, end=80, faults=cut))) == ("fail", 1, 1, 0, 0)
    named = judged(evidence(BLIND_TO_THE_END, alarm(31), own, end=80), alert_paths=("service_push", "phone_timer"))
    assert counts(named) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("D31")
def test_while_the_phone_cannot_be_reached_r_stands_still() -> None:
    cut = (fault("last_mile[south]", 40, 60),)
    seen = evidence(BLIND_TO_THE_END, alarm(31), alarm(70), faults=cut, end=80)
    assert counts(judged(seen)) == ("pass", 1, 0, 0, 0)
    assert counts(judged(evidence(BLIND_TO_THE_END, alarm(31), alarm(72), faults=cut, end=80))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("Q2")
def test_a_notice_counts_as_well_and_what_no_gateway_took_does_not() -> None:
    assert counts(judged(evidence(BLIND_FROM_30, alarm(31), notice(48)))) == ("pass", 1, 0, 0, 0)
    unconfirmed = evidence(BLIND_FROM_30, alarm(31), alarm(46), sent=[accepted(31)])
    assert counts(judged(unconfirmed))[0] == "pass", "a message of before the alarm confirms it as well"
    unconfirmed = evidence(BLIND_FROM_30, alarm(31), alarm(46, speaks_of=44), sent=[accepted(31)])
    assert counts(judged(unconfirmed)) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("Q5")
@pytest.mark.parametrize(("doubt", "suspected"), [((8, 9.9), 0), ((9, 10), 1), ((51, 52), 1), ((51.1, 52), 0)])
def test_a_doubt_in_its_window_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(BLIND_FROM_30, alarm(31), doubt=doubt)).suspected == suspected


@pytest.mark.clause("Q1")
def test_of_a_service_that_tells_once_nothing_is_judged() -> None:
    assert counts(judged(evidence(BLIND_FROM_30, alarm(31)), every=timedelta(0))) == ("unknown", 0, 0, 0, 0)
    assert judged(evidence(BLIND_FROM_30, alarm(31), alarm(45))).why == (
        "1 time an alert was due again, and came; the longest pause 14.0 min"
    )
    assert judged(evidence(BLIND_FROM_30, alarm(31))).why == (
        "of 1 alert that was due again, 1 was not presented again within 15m and 5m"
    )


@pytest.mark.clause("D32", "Q1")
@pytest.mark.parametrize(
    ("own", "again", "verdict"),
    [(5, 41, "pass"), (5, 41.1, "fail"), (25, 61, "pass"), (25, 61.1, "fail"), (15, 51, "pass"), (15, 51.1, "fail")],
)
def test_a_follow_is_told_again_as_often_as_it_says(own: float, again: float, verdict: str) -> None:
    found = judged(told_each(own, evidence(BLIND_TO_THE_END, alarm(31), alarm(again), end=again + own + 4.9)))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)
    if verdict == "fail":
        assert found.why == "of 1 alert that was due again, 1 was not presented again within R and 5m"


@pytest.mark.clause("D32", "Q1")
def test_a_follow_that_says_none_is_no_case_and_a_service_that_tells_once_is_judged_by_nobodys() -> None:
    silent = evidence(BLIND_TO_THE_END, alarm(31))
    assert counts(judged(silent))[0] == "fail"
    assert counts(judged(told_each(0, silent))) == ("unknown", 0, 0, 0, 0)
    assert counts(judged(told_each(5, silent), every=timedelta(0))) == ("unknown", 0, 0, 0, 0)
