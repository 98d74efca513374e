"""Nobody is told the same over and over: of one silence once, once more, and four times an hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence, Moments
from deadair.rules.no_storm import NoStorm
from tests.histories.ops import ALWAYS_FRESH, BLIND_FROM_30, accepted, alarm, counts, evidence, hands_in, low, reads, us


def judged(seen: Evidence, **knobs: object) -> Finding:
    return NoStorm.model_validate(knobs).judge(seen)


@pytest.mark.clause("M1", "M2")
@pytest.mark.parametrize(("times", "verdict"), [(1, "pass"), (6, "pass"), (7, "fail")])
def test_an_alarm_may_be_presented_once_a_silence_once_more_and_each_r(times: int, verdict: str) -> None:
    found = judged(evidence(BLIND_FROM_30, [alarm(31 + number) for number in range(times)], sent=[]))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("M1")
def test_other_paths_other_phones_and_other_hours_are_counted_apart() -> None:
    apart = [alarm(31 + number, path=("service_push", "phone_timer")[number % 2]) for number in range(10)]
    assert counts(judged(evidence(BLIND_FROM_30, apart, sent=[]))) == ("pass", 2, 0, 0, 0)
    phones = [alarm(31 + number, phone=1 + number % 2) for number in range(10)]
    assert counts(judged(evidence(BLIND_FROM_30, phones, phones=2, sent=[]))) == ("pass", 2, 0, 0, 0)
    hours = [alarm(at) for at in (10, 11, 12, 13, 14, 71, 72, 73, 74, 75)]
    assert counts(judged(evidence(ALWAYS_FRESH, hours, sent=[]))) == ("pass", 1, 0, 0, 0)
    assert counts(judged(evidence(ALWAYS_FRESH, [*hours, alarm(76)], sent=[]))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("M2")
def test_a_low_may_be_presented_once_for_each_low_reading_and_once_more() -> None:
    lows = hands_in(20, 25, 30, value=50)
    times = [low(at, speaks_of=20) for at in (21, 26, 31, 32, 33)]
    assert counts(judged(evidence(lows, times[:4], sent=[]))) == ("pass", 1, 0, 0, 0)
    assert counts(judged(evidence(lows, times, sent=[]))) == ("fail", 1, 1, 0, 0)
    assert counts(judged(evidence(hands_in(20, value=50), times[:3], sent=[]))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("M3")
@pytest.mark.parametrize(("number", "verdict"), [(20, "pass"), (21, "fail")])
def test_the_push_provider_is_asked_so_often_for_each_phone_at_the_most(number: int, verdict: str) -> None:
    answers = ("ok", "fail")
    offered = [accepted(61 + at / 10, phone=1 + at % 2, outcome=answers[at % 2]) for at in range(number)]
    seen = evidence(ALWAYS_FRESH, phones=2, sent=offered)
    assert counts(judged(seen, requests_per_hour=10)) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("M3")
def test_a_storm_at_the_provider_is_told_with_its_number() -> None:
    seen = evidence(ALWAYS_FRESH, sent=[accepted(10 + place / 10, outcome="fail") for place in range(241)])
    assert judged(seen).why == "the push provider asked over and over: 241 messages in an hour, 240 at the most"


@pytest.mark.clause("M3")
def test_one_phone_is_not_sent_what_the_others_were_not() -> None:
    for most, verdict in ((20, "fail"), (21, "pass")):
        sent = [accepted(61 + place / 10) for place in range(21)]
        assert judged(evidence(ALWAYS_FRESH, phones=9, sent=sent), requests_per_hour=most).verdict == verdict


@pytest.mark.clause("M3")
def test_the_hours_of_the_provider_count_from_the_start_of_the_warm_up() -> None:
    """Those of minute 59 and of minute 61 are of one hour, if that begins in minute 10."""
    sent = [accepted(at) for at in (59, 61)]
    seen = evidence(ALWAYS_FRESH, sent=sent)
    later = replace(seen, moments=Moments(us(10), us(20), us(60), us(90)))
    assert [judged(one, requests_per_hour=1).violations for one in (seen, later)] == [0, 1]


@pytest.mark.clause("M4")
@pytest.mark.parametrize(("doubt", "suspected"), [((75, 76), 0), ((70, 71), 1), ((12, 16), 1)])
def test_a_doubt_in_its_window_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    seen = evidence(ALWAYS_FRESH, [alarm(71 + number / 100) for number in range(10)], sent=[], doubt=doubt)
    assert judged(seen).suspected == suspected


@pytest.mark.clause("D32", "M2")
@pytest.mark.parametrize(("own", "most"), [(5, 14), (30, 4), (0, 6)])
def test_who_wants_to_be_told_more_often_may_be(own: float, most: int) -> None:
    """One silence, once more, and each R of the follow; by the rule's own where it says none."""
    for times in (most, most + 1):
        seen = evidence(BLIND_FROM_30, [alarm(31 + number) for number in range(times)], sent=[])
        phones = tuple(replace(phone, realarm_every_us=us(own)) for phone in seen.roster.phones)
        found = judged(replace(seen, roster=replace(seen.roster, phones=phones)))
        assert found.violations == times - most


@pytest.mark.clause("M2")
@pytest.mark.parametrize(("measured", "verdict"), [((12,), "fail"), ((12, 12), "fail"), ((12, 14), "pass")])
def test_an_alarm_may_be_presented_once_more_for_each_old_reading_that_a_phone_begins_to_show(
    measured: tuple[int, ...], verdict: str
) -> None:
    """T is 20 minutes, and a service cannot know that nobody saw in between."""
    late = [row for at in measured for row in reads(at, after=20)]
    times = [alarm(31 + number) for number in range(8)]
    found = judged(evidence(reads(0, 5, 10), late, times, sent=[], end=60))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)
