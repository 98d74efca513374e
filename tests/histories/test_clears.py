"""An alarm ends within 5 min once its phone sees again, a notice within 20 min once its trouble is over."""

from __future__ import annotations

import pytest

from deadair.model.judgement import Finding
from deadair.rules.clears import Clears
from deadair.rules.evidence import Evidence
from tests.histories.ops import ALWAYS_FRESH, BLIND_FROM_30, alarm, clear, counts, evidence, fault, notice, reads


def judged(seen: Evidence) -> Finding:
    return Clears().judge(seen)


@pytest.mark.clause("E1")
@pytest.mark.parametrize(("cleared", "verdict"), [(55, "pass"), (60, "pass"), (60.1, "fail"), (80, "fail")])
def test_an_alarm_ends_soon_after_its_phone_sees_again(cleared: float, verdict: str) -> None:
    found = judged(evidence(BLIND_FROM_30, alarm(33), clear(cleared)))
    assert counts(found) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("E1")
def test_one_that_never_ends_is_violated_and_each_alarm_must_end() -> None:
    found = judged(evidence(BLIND_FROM_30, alarm(33), alarm(48)))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert found.why == "1 of 1 alarm or notice did not end within 5m (notices: 20m) after the trouble was over"
    assert counts(judged(evidence(BLIND_FROM_30, alarm(33), alarm(48), clear(56)))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("E1", "E4")
def test_without_an_alarm_at_the_end_of_the_stretch_there_is_no_case() -> None:
    for seen in (evidence(BLIND_FROM_30), evidence(BLIND_FROM_30, alarm(33), clear(40)), evidence(reads(0, 5, 10))):
        assert counts(judged(seen)) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("E1")
@pytest.mark.parametrize(("at", "judged_at_all"), [(55.5, True), (56, True), (56.1, False)])
def test_an_alarm_that_crosses_with_the_reading_must_end_too(at: float, judged_at_all: bool) -> None:
    """From G after the stretch on it is false, and no_false_alarm judges it."""
    assert judged(evidence(BLIND_FROM_30, alarm(at))).violations == int(judged_at_all)
    assert judged(evidence(BLIND_FROM_30, alarm(at), clear(60))).violations == 0


@pytest.mark.clause("E2")
@pytest.mark.parametrize(("cleared", "verdict"), [(74, "pass"), (75, "pass"), (76, "fail")])
def test_a_notice_ends_once_few_are_blind_and_nothing_is_broken(cleared: float, verdict: str) -> None:
    found = judged(evidence(BLIND_FROM_30, notice(40), clear(cleared, "notice")))
    assert counts(found)[:3] == (verdict, 1, int(verdict == "fail"))


@pytest.mark.clause("E2")
def test_its_trouble_lasts_as_long_as_a_fault_in_the_service() -> None:
    seen = evidence(BLIND_FROM_30, notice(40), clear(84, "notice"), faults=(fault("watchdog", 35, 65),))
    assert counts(judged(seen)) == ("pass", 1, 0, 0, 0)
    seen = evidence(BLIND_FROM_30, notice(40), clear(84, "notice"), faults=(fault("uplink", 35, 65),))
    assert counts(judged(seen)) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("E2")
@pytest.mark.parametrize(("cleared", "verdict"), [(81, "pass"), (81.1, "fail"), (90, "fail")])
def test_a_notice_that_comes_late_must_end_as_long_after_it_came(cleared: float, verdict: str) -> None:
    assert judged(evidence(BLIND_FROM_30, notice(61), clear(cleared, "notice"))).verdict == verdict


@pytest.mark.clause("E2", "E3")
@pytest.mark.parametrize(("again", "counted"), [(41, (1, 1, 1)), (40, (1, 1, 1)), (39.9, (0, 0, 2))])
def test_a_notice_must_end_after_each_trouble_unless_there_is_trouble_again(
    again: float, counted: tuple[int, int, int]
) -> None:
    broken = (fault("watchdog", 10, 20), fault("watchdog", again, 75, fault_id="f2"))
    found = judged(evidence(ALWAYS_FRESH, notice(15), clear(76, "notice"), faults=broken))
    assert (found.judged, found.violations, found.excused) == counted


@pytest.mark.clause("E3")
def test_one_that_is_too_near_to_the_end_or_to_the_next_silence_is_excused() -> None:
    seen = evidence(BLIND_FROM_30, alarm(33), end=59.9)
    assert counts(judged(seen)) == ("unknown", 0, 0, 1, 0)
    again = evidence(reads(0, 5, 10), reads(33, after=3), alarm(31), reads(75))
    assert judged(again).excused == 0, "it is blind again 17 min after it saw"
    old = evidence(reads(0, 5, 10), reads(18, after=18), alarm(31), end=90)
    assert counts(judged(old)) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("D31")
def test_while_the_phone_is_cut_off_the_limit_stands_still() -> None:
    cut = (fault("last_mile", 56, 66),)
    assert counts(judged(evidence(BLIND_FROM_30, alarm(33), clear(70), faults=cut))) == ("pass", 1, 0, 0, 0)
    assert counts(judged(evidence(BLIND_FROM_30, alarm(33), clear(71), faults=cut))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("E5")
@pytest.mark.parametrize(("doubt", "suspected"), [((30, 34.9), 0), ((30, 35), 1), ((60, 61), 1), ((60.1, 61), 0)])
def test_a_doubt_in_its_window_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(BLIND_FROM_30, alarm(33), clear(56), doubt=doubt)).suspected == suspected
