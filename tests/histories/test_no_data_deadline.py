"""Who went blind was told in time, too late, never, or not to be judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_false_alarm import NoFalseAlarm
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    Row,
    accepted,
    alarm,
    clear,
    counts,
    evidence,
    low,
    measured,
    reads,
    shows,
)


def test_alerted_in_time_passes_and_the_longest_time_is_named() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(33)))
    assert counts(found) == ("pass", 1, 0, 0, 0)
    assert found.why == "1 of 1 silence was alerted in time; longest time to alert 3.0 min"
    assert (found.examples[0].at_s, found.examples[0].late_s) == (20 * 60, 180)


def test_a_wait_below_a_minute_is_said_in_seconds() -> None:
    assert NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(30.2))).why.endswith("longest time to alert 12.0 s")


def test_never_alerted_fails_and_the_cohort_is_named() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert found.why == "1 of 1 silence was not alerted within 5m; never alerted: 1 in south"
    assert (found.examples[0].phone, found.examples[0].cohort, found.examples[0].late_s) == (1, "south", None)


def test_told_too_late_fails_and_says_how_late() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(37)))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert "the latest alert came after 7.0 min" in found.why


@pytest.mark.clause("D2", "N5")
def test_a_longer_limit_and_other_paths_are_knobs() -> None:
    late = evidence(BLIND_FROM_30, alarm(37, path="phone_timer"))
    assert NoDataDeadline(within=timedelta(minutes=10), alert_paths=("phone_timer",)).judge(late).verdict == "pass"
    assert NoDataDeadline(within=timedelta(minutes=10)).judge(late).verdict == "fail"


@pytest.mark.clause("J2")
def test_only_excused_silences_are_nothing_judged() -> None:
    found = NoDataDeadline().judge(evidence(reads(0, 22, 40, 55, 70, 85)))
    assert counts(found) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("N6", "V1")
@pytest.mark.parametrize("told", [[alarm(33)], []])
@pytest.mark.parametrize(
    ("doubt", "suspected"), [((0, 9.9), 0), ((0, 10), 1), ((34, 40), 1), ((35, 40), 1), ((35.1, 40), 0)]
)
def test_a_case_is_suspected_whatever_it_says_if_its_window_touches_a_doubt(
    told: list[Row], doubt: tuple[float, float], suspected: int
) -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, told, doubt=doubt))
    assert (found.suspected, found.judged) == (suspected, 1 - suspected)
    assert found.verdict == ("unknown" if suspected else "pass" if told else "fail")


@pytest.mark.clause("J1")
def test_a_violation_outside_the_doubt_stays_a_fail() -> None:
    two = [*BLIND_FROM_30, *reads(0, 15, 30, 45, phone=2)]
    found = NoDataDeadline().judge(evidence(two, phones=2, doubt=(60, 65)))
    assert counts(found) == ("fail", 1, 1, 0, 1)


@pytest.mark.clause("N4")
def test_a_silence_alerted_once_and_then_blind_again_without_an_alert_fails_and_says_so() -> None:
    rows = [*reads(0), measured(4), shows(23, 4), alarm(21), clear(23)]
    never, late = (NoDataDeadline().judge(evidence(rows, *more)) for more in ((), (alarm(31),)))
    assert counts(never) == counts(late) == ("fail", 1, 1, 0, 0)
    alerted = "alerted by service_push after 1.0 min; blind again 4.0 min after the onset, and"
    assert (never.examples[0].what, never.examples[0].late_s) == (f"{alerted} never alerted", None)
    assert (late.examples[0].what, late.examples[0].late_s) == (f"{alerted} alerted by service_push after 7.0 min", 420)
    suspected = NoDataDeadline().judge(evidence(rows, doubt=(28, 29)))
    assert counts(suspected) == ("unknown", 0, 0, 0, 1)


@pytest.mark.clause("D14")
def test_a_flicker_before_does_not_make_an_alert_late() -> None:
    """Blind for half a minute, seeing for five, blind again and told within half a minute of that."""
    rows = [*reads(0), measured(5.4), shows(20.5, 5.4)]
    assert counts(NoDataDeadline().judge(evidence(rows, alarm(25.9, speaks_of=5.4)))) == ("pass", 1, 0, 0, 0)
    late = NoDataDeadline().judge(evidence(rows, alarm(30.1, speaks_of=5.4)))
    assert counts(late) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("D14")
def test_short_stretches_add_up_to_a_silence_that_needs_an_alert() -> None:
    blink = {at: [measured(at), shows(at + 17, at)] for at in (5, 10, 15)}
    four = [*reads(0), *blink[5], *blink[10], *reads(29, 44, 59, 74, 89)]
    six = [*reads(0), *blink[5], *blink[10], *blink[15], *reads(34, 49, 64, 79)]
    rule = NoDataDeadline()
    assert counts(rule.judge(evidence(four))) == ("unknown", 0, 0, 1, 0)
    assert counts(rule.judge(evidence(six))) == ("fail", 1, 1, 0, 0)
    assert counts(rule.judge(evidence(six, alarm(30.9)))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("D21")
def test_an_alarm_is_not_confirmed_by_a_message_older_than_its_own_warning_may_be() -> None:
    """An app that rings by itself, calls it a push, and names a reading from before an old push."""
    twice = [*reads(0, 5, 30, 35), alarm(26, speaks_of=5), clear(30), alarm(57, speaks_of=5)]
    found = NoDataDeadline().judge(evidence(twice, sent=[accepted(26, says="no_data")]))
    assert counts(found) == ("fail", 2, 1, 0, 0)
    fresh = [row for at in range(0, 300, 5) for row in reads(at)]
    hours = evidence(fresh, alarm(317, speaks_of=0), end=400, sent=[accepted(1, says="no_data")])
    assert counts(NoDataDeadline().judge(hours)) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("D17")
def test_an_urgent_low_is_no_word_about_silence() -> None:
    """It tells of none, it is no false alarm, and its end dismisses no alarm."""
    lows = [low(29, speaks_of=9), low(33, speaks_of=9), clear(34, "low")]
    told, untold = [BLIND_FROM_30, alarm(32)], [BLIND_FROM_30]
    for rule in (NoDataDeadline(), NoFalseAlarm()):
        for rows in (told, untold, [ALWAYS_FRESH]):
            assert rule.judge(evidence(*rows, lows)) == rule.judge(evidence(*rows))
    assert NoDataDeadline().judge(evidence(*untold, lows)).violations == 1
