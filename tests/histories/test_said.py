"""A follower who says that he knows is told no more of it for as long as that holds, and of the next as of any."""

from __future__ import annotations

import pytest

from deadair.rules.defence_in_depth import DefenceInDepth
from deadair.rules.low_alerted import LowAlerted
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_data_repeats import NoDataRepeats
from deadair.rules.no_storm import NoStorm
from tests.histories.ops import (
    BLIND_FROM_30,
    Row,
    accepted,
    alarm,
    clear,
    counts,
    evidence,
    hands_in,
    low,
    measured,
    person,
    reads,
    shows,
)

BLIND_TO_THE_END = reads(0, 5, 10)
"""Blind from minute 30 to the end in minute 90."""
TWICE = [*reads(0, 5, 10), measured(40), shows(48, 40), clear(48)]
"""Blind from 30 to 48, and from 60 on: two silences."""
OF_NOTHING = (person(33, "acknowledge"), person(31.5, "acknowledge", phone=2), person(31.5, "open_app"))
"""Said when the alarm of 31 to 32 rings no more, on another phone, or nothing."""


@pytest.mark.clause("D33", "Q6")
def test_after_an_acknowledgement_no_other_alert_is_due_in_that_stretch() -> None:
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, alarm(31)))) == ("fail", 1, 1, 0, 0)
    known = [alarm(31), person(33, "acknowledge"), clear(33)]
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, known))) == ("unknown", 0, 0, 0, 0)
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, known, alarm(47)))) == ("unknown", 0, 0, 0, 0)
    too_late = [alarm(31), person(51.1, "acknowledge")]
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, too_late))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("D33")
@pytest.mark.parametrize("said", OF_NOTHING)
def test_it_is_said_of_what_its_phone_presents_and_of_nothing_else(said: Row) -> None:
    cleared = [alarm(31), clear(32), said]
    assert NoDataRepeats().judge(evidence(BLIND_TO_THE_END, cleared, phones=1)).violations == 1
    of_a_low = [alarm(31), clear(32), low(32.5), person(33, "acknowledge")]
    assert NoDataRepeats().judge(evidence(BLIND_TO_THE_END, of_a_low, accepted(32, says="urgent_low"))).violations == 1


@pytest.mark.clause("D33", "Q6")
@pytest.mark.parametrize(("again", "verdict"), [(44, "pass"), (63, "pass"), (63.1, "fail"), (None, "fail")])
def test_after_a_snooze_r_begins_with_its_end(again: float | None, verdict: str) -> None:
    """Snoozed from 33 to 43: another is due by 43 + R + 5 = 63."""
    said = [alarm(31), person(33, "snooze", lasts=10), clear(33)]
    rings = [] if again is None else [alarm(again)]
    found = NoDataRepeats().judge(evidence(BLIND_TO_THE_END, said, rings, end=63.5))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("Q6")
def test_what_is_presented_within_a_snooze_does_not_end_it_and_one_snooze_may_follow_another() -> None:
    said = [alarm(31), person(33, "snooze", lasts=10), alarm(40)]
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, said, end=64))) == ("fail", 1, 1, 0, 0)
    more = [*said, person(41, "snooze", lasts=20)]
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, more, end=80.9))) == ("unknown", 0, 0, 0, 0)
    assert counts(NoDataRepeats().judge(evidence(BLIND_TO_THE_END, more, end=81))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("D33", "Q6", "N7")
def test_it_quiets_no_later_silence() -> None:
    known = [alarm(31), person(33, "acknowledge"), clear(33)]
    both = evidence(TWICE, known, alarm(61), alarm(76))
    assert counts(NoDataDeadline().judge(both)) == ("pass", 2, 0, 0, 0)
    assert counts(NoDataRepeats().judge(evidence(TWICE, known, alarm(61), end=81))) == ("fail", 1, 1, 0, 0)
    untold = evidence(TWICE, known)
    assert counts(NoDataDeadline().judge(untold)) == ("fail", 2, 1, 0, 0), "the second was never told"
    snoozed = [alarm(31), person(33, "snooze", lasts=50), clear(33)]
    assert counts(NoDataDeadline().judge(evidence(TWICE, snoozed))) == ("fail", 2, 1, 0, 0)


@pytest.mark.clause("N7")
@pytest.mark.parametrize(("at", "counted"), [(34, ("unknown", 0, 0, 1, 0)), (35.1, ("fail", 1, 1, 0, 0))])
def test_who_knew_by_another_alarm_in_time_leaves_the_service_unjudged(
    at: float, counted: tuple[str, int, int, int, int]
) -> None:
    own = [alarm(31, path="phone_timer"), person(at, "acknowledge"), clear(at)]
    assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30, own))) == counted
    assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30, own, alarm(33)))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("N7", "N4")
def test_a_later_stretch_of_who_knew_needs_no_alert() -> None:
    """Blind from 30 to 48 and from 52 on: two stretches of one silence. The later one is due by 57."""
    saw = [*reads(0, 5, 10), measured(32), shows(48, 32), alarm(31), clear(48)]
    own = [alarm(52, path="phone_timer"), person(53, "acknowledge"), clear(53)]
    assert counts(NoDataDeadline().judge(evidence(saw, own))) == ("pass", 1, 0, 0, 0)
    assert counts(NoDataDeadline().judge(evidence(saw, own[:1]))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("I3")
def test_who_knew_by_the_first_path_needs_no_second() -> None:
    alone = evidence(BLIND_FROM_30, alarm(31))
    assert counts(DefenceInDepth().judge(alone)) == ("fail", 1, 1, 0, 0)
    known = evidence(BLIND_FROM_30, alarm(31), person(32, "acknowledge"), clear(32))
    assert counts(DefenceInDepth().judge(known)) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("U8")
def test_a_low_that_is_known_is_told_no_more_and_a_snoozed_one_after_the_snooze() -> None:
    lasts = hands_in(*range(20, 85, 5), value=50)
    told = [low(21, speaks_of=20), accepted(21, says="urgent_low")]
    assert counts(LowAlerted().judge(evidence(lasts, told, end=60))) == ("fail", 3, 1, 0, 0)
    known = evidence(lasts, told, person(25, "acknowledge"), clear(25, "low"), end=60)
    assert counts(LowAlerted().judge(known)) == ("pass", 2, 0, 0, 0)
    snoozed = [*told, person(25, "snooze", lasts=10), clear(25, "low")]
    assert counts(LowAlerted().judge(evidence(lasts, snoozed, end=69.9))) == ("pass", 2, 0, 0, 0)
    assert counts(LowAlerted().judge(evidence(lasts, snoozed, end=70))) == ("fail", 3, 1, 0, 0)


@pytest.mark.clause("U8")
def test_what_was_said_of_a_low_says_nothing_of_the_next() -> None:
    again = [*hands_in(20, 25, value=50), *hands_in(30), *hands_in(*range(35, 85, 5), value=50)]
    told = [low(21, speaks_of=20), accepted(21, says="urgent_low"), person(22, "acknowledge"), clear(22, "low")]
    second = [low(36, speaks_of=35), accepted(36, says="urgent_low")]
    assert counts(LowAlerted().judge(evidence(again, told, second, end=75))) == ("fail", 5, 1, 0, 0)


@pytest.mark.clause("M2")
def test_a_snooze_that_ended_allows_for_one_alarm_more() -> None:
    rings = [alarm(31 + number) for number in range(6)]
    assert counts(NoStorm().judge(evidence(BLIND_FROM_30, rings, sent=[]))) == ("pass", 1, 0, 0, 0)
    seventh = [*rings, alarm(38)]
    assert counts(NoStorm().judge(evidence(BLIND_FROM_30, seventh, sent=[]))) == ("fail", 1, 1, 0, 0)
    snoozed = person(36.5, "snooze", lasts=1)
    assert counts(NoStorm().judge(evidence(BLIND_FROM_30, seventh, snoozed, sent=[]))) == ("pass", 1, 0, 0, 0)
