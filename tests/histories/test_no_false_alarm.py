"""An alarm of a phone that was not blind is false; a notice only where nothing broke and few were blind."""

from __future__ import annotations

import pytest

from deadair.rules.evidence import Evidence
from deadair.rules.no_false_alarm import NoFalseAlarm
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    alarm,
    clear,
    counts,
    evidence,
    fault,
    measured,
    notice,
    reads,
    shows,
    upload,
    us,
)


@pytest.mark.clause("F1", "F5")
def test_an_alarm_of_a_blind_phone_is_right_and_hours_without_one_count() -> None:
    assert counts(NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(33)))) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("F1")
def test_an_alarm_of_a_phone_that_was_not_blind_is_false() -> None:
    found = NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33)))
    assert counts(found) == ("fail", 2, 1, 0, 0)
    assert found.why == "false: 1 × no-data alarm by service_push"


@pytest.mark.clause("F1")
def test_an_alarm_within_g_after_the_blindness_is_right_and_one_before_it_is_false() -> None:
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(55.9))).violations == 0
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(56))).violations == 1
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(29.9))).violations == 1


@pytest.mark.clause("F1")
def test_an_alarm_for_a_reading_from_before_the_warm_up_counts_from_its_own_time() -> None:
    """T is 20 minutes. The onset is minute 20 by the start of the warm-up, and minute 19.2 by the reading's stamp."""
    for rows, at, violations in (
        ([measured(-0.8), shows(0.1, -0.8)], 19.3, 0),
        ([measured(-0.8), shows(0.1, -0.8)], 19.1, 1),
        ([shows(0.1, -0.8)], 19.3, 1),
        ([measured(-0.8), shows(0.1, -0.8), *reads(5)], 19.3, 1),
        ([measured(-0.8), shows(0.1, -0.8), *reads(19.5)], 20.6, 1),
        ([measured(-0.8), shows(0.1, -0.8), *reads(19.5)], 20.4, 0),
    ):
        assert NoFalseAlarm().judge(evidence(rows, alarm(at))).violations == violations, (rows, at)


@pytest.mark.clause("F1")
def test_a_reading_from_before_the_warm_up_makes_an_alarm_right_only_until_a_newer_one_is_shown() -> None:
    """T is 20 minutes. What is shown is blind by the older stamp from minute 18 or 10 on."""
    early, older = [measured(-2), shows(0.1, -2)], [measured(-10), shows(0.1, -10)]
    for rows, at, violations in (
        ([*early, *reads(22, 40, 55)], 50, 1),
        ([*early, *reads(22, 40, 55)], 19, 0),
        ([*early, *reads(5, 20, 35, 50), shows(6, -2)], 40, 1),
        ([*early, measured(-10), shows(1, -10)], 12, 1),
        ([*older, measured(-2), shows(15, -2)], 12, 0),
        ([*older, measured(-2), shows(15, -2)], 17, 1),
        ([measured(-30), shows(5, -30)], 4, 1),
    ):
        assert NoFalseAlarm().judge(evidence(rows, upload(-3, -3), alarm(at))).violations == violations, (rows, at)


@pytest.mark.clause("F7")
def test_an_alarm_before_there_is_any_reading_says_what_is_so() -> None:
    judge = NoFalseAlarm().judge
    assert counts(judge(evidence([measured(4), shows(4.5, 4)], alarm(3)))) == ("pass", 1, 0, 1, 0)
    assert judge(evidence([measured(1), upload(1.5, 1), shows(4.5, 1)], alarm(3))).violations == 1
    assert judge(evidence([measured(1), upload(2.5, 1), shows(4.5, 1)], alarm(3))).violations == 0
    assert judge(evidence([measured(1), shows(1.5, 1)], alarm(3))).violations == 1
    assert judge(evidence([measured(1), upload(1.5, 1, outcome="fail"), shows(4.5, 1)], alarm(3))).violations == 0


@pytest.mark.clause("D3")
def test_g_grows_by_the_lag_that_was_measured() -> None:
    seen = evidence(BLIND_FROM_30, alarm(56.5))
    slow = Evidence(seen.history, seen.roster, seen.moments, seen.alert_paths, lag_us=us(1))
    assert [NoFalseAlarm().judge(each).violations for each in (seen, slow)] == [1, 0]


@pytest.mark.clause("D11", "F2", "F3")
def test_a_notice_is_false_only_if_nothing_broke_inside_and_few_were_blind() -> None:
    fresh = [row for phone in range(1, 21) for at in range(0, 90, 10) for row in reads(at, phone=phone)]
    one_blind_of_20 = [row for row in fresh if row["phone" if row["kind"] == "screen" else "patient"] != 7]
    inside, outside = (fault("gateway", 30, 40),), (fault("uplink", 30, 40),)
    for rows, faults, false in (
        (fresh, (), 1),
        (fresh, outside, 1),
        (fresh, inside, 0),
        (fresh, (fault("push", 30, 40),), 0),
        (fresh, (fault("push[north]", 30, 40),), 0),
        (one_blind_of_20, (), 0),
    ):
        seen = evidence(rows, notice(45, phone=3), phones=20, faults=faults)
        assert NoFalseAlarm().judge(seen).violations == false
    late = evidence(fresh, notice(50.1, phone=3), phones=20, faults=inside)
    assert NoFalseAlarm().judge(late).violations == 1


@pytest.mark.clause("D7", "F3")
def test_a_notice_that_its_phones_last_mile_held_up_is_judged_by_when_it_was_sent() -> None:
    """The watchdog is dead from 10 to 15, and its sentinel says so; the last mile is cut from 12 to 40."""
    dead, cut = fault("watchdog", 10, 15, fault_id="f2"), fault("last_mile", 12, 40)
    for faults, false in (((dead, cut), 0), ((cut,), 1), ((dead, fault("uplink", 12, 40)), 1)):
        seen = evidence(ALWAYS_FRESH, [notice(40), clear(40, "notice")], faults=faults)
        assert NoFalseAlarm().judge(seen).violations == false


@pytest.mark.clause("D7")
def test_a_cut_within_a_longer_cut_of_the_same_phone_changes_nothing() -> None:
    dead, cut = fault("watchdog", 2, 4, fault_id="f2"), fault("last_mile", 10, 60)
    for faults in ((dead, cut), (dead, cut, fault("phone", 25, 52, fault_id="f3"))):
        seen = evidence(ALWAYS_FRESH, [notice(60), clear(60.5, "notice")], faults=faults)
        assert NoFalseAlarm().judge(seen).violations == 0


@pytest.mark.clause("F4")
def test_an_alarm_that_the_push_gateway_never_took_can_still_be_false() -> None:
    assert NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33), sent=[])).violations == 1


@pytest.mark.clause("F6", "J2")
def test_false_alarms_in_a_doubtful_stretch_are_suspected() -> None:
    found = NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33), doubt=(32, 34)))
    assert counts(found) == ("unknown", 1, 0, 0, 1)


def test_clearing_is_no_alarm() -> None:
    assert counts(NoFalseAlarm().judge(evidence(ALWAYS_FRESH, clear(30)))) == ("pass", 2, 0, 0, 0)
