"""The worked example of docs/rules.md: one phone, blind from minute 30 to 55, and what becomes of its silence."""

from __future__ import annotations

import pytest

from deadair.rules.no_data_deadline import NoDataDeadline
from tests.histories.ops import BLIND_FROM_30, Row, alarm, counts, evidence, fault, reads


def first_late_s(rows: list[Row]) -> float | None:
    return NoDataDeadline().judge(evidence(BLIND_FROM_30, rows)).examples[0].late_s


@pytest.mark.clause("X1", "D28")
def test_an_alarm_three_minutes_after_the_onset_is_in_time() -> None:
    assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(33)))) == ("pass", 1, 0, 0, 0)
    assert first_late_s([alarm(33)]) == 3 * 60
    assert first_late_s([alarm(29)]) == 0


@pytest.mark.clause("X2", "D2")
def test_an_alarm_seven_minutes_after_the_onset_is_late() -> None:
    assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(37)))) == ("fail", 1, 1, 0, 0)
    assert first_late_s([alarm(37)]) == 7 * 60


@pytest.mark.clause("X3")
def test_no_alarm_at_all_is_a_violation_that_never_ended() -> None:
    assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30))) == ("fail", 1, 1, 0, 0)
    assert first_late_s([]) is None


@pytest.mark.clause("X4")
def test_a_young_reading_before_the_limit_excuses() -> None:
    rows = [*reads(0, 5, 10, 34), *reads(50, 65, 80)]
    assert counts(NoDataDeadline().judge(evidence(rows))) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("X5")
def test_a_cut_of_the_last_mile_moves_the_limit_by_as_long_as_it_lasts() -> None:
    for at, verdict in ((44, "pass"), (45, "pass"), (45.1, "fail")):
        seen = evidence(BLIND_FROM_30, alarm(at), faults=(fault("last_mile", 31, 41),))
        assert NoDataDeadline().judge(seen).verdict == verdict, at


@pytest.mark.clause("X6")
def test_a_run_that_ends_before_the_limit_excuses_whatever_was_presented() -> None:
    for rows in ([alarm(33)], []):
        assert counts(NoDataDeadline().judge(evidence(BLIND_FROM_30, rows, end=34))) == ("unknown", 0, 0, 1, 0)
