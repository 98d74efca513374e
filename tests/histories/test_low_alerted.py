"""An urgent low is told within 5 min of its acknowledgement, and again each 30 min (and 5) while it lasts."""

from __future__ import annotations

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence
from deadair.rules.low_alerted import LowAlerted
from tests.histories.ops import Row, accepted, counts, evidence, fault, hands_in, low, measured, poll, us

LOW_FROM_20 = hands_in(*range(20, 80, 5), value=50)
ONCE_LOW = [*hands_in(20, 25, value=50), *hands_in(30, 35)]


def judged(seen: Evidence, **knobs: object) -> Finding:
    return LowAlerted.model_validate(knobs).judge(seen)


def told(at: float, of: float | None, *, path: str = "service_push", says: str = "urgent_low") -> list[Row]:
    """A phone presents a low that the push gateway took."""
    return [low(at, speaks_of=of, path=path), accepted(at, says=says)]


@pytest.mark.clause("U1", "U3", "D30")
@pytest.mark.parametrize(("at", "verdict"), [(20, "pass"), (25, "pass"), (25.1, "fail"), (29, "fail")])
def test_an_urgent_low_is_told_in_time(at: float, verdict: str) -> None:
    found = judged(evidence(ONCE_LOW, told(at, 20)))
    assert found.verdict == verdict
    assert found.violations == int(verdict == "fail")


@pytest.mark.clause("U1", "D30")
@pytest.mark.parametrize(("value", "cases"), [(38, 0), (39, 1), (55, 1), (56, 0), (5, 0)])
def test_it_is_urgent_from_39_to_55(value: int, cases: int) -> None:
    assert judged(evidence(hands_in(20, 25, 30, value=value))).judged == cases


@pytest.mark.clause("U1")
def test_an_old_reading_and_one_that_is_not_the_newest_begin_nothing() -> None:
    assert judged(evidence(hands_in(20, value=50, after=10.1))).judged == 0
    assert judged(evidence(hands_in(20, value=50, after=9.9))).excused == 1
    assert judged(evidence(hands_in(25), hands_in(20, value=50, after=6))).judged == 0


@pytest.mark.clause("U1", "U5")
def test_one_that_is_over_before_its_limit_is_excused() -> None:
    assert counts(judged(evidence(hands_in(20, value=50), hands_in(24)))) == ("unknown", 0, 0, 1, 0)
    assert counts(judged(evidence(hands_in(20, value=50), hands_in(25)))) == ("fail", 1, 1, 0, 0)
    assert counts(judged(evidence(LOW_FROM_20, end=24))) == ("unknown", 0, 0, 1, 0)
    assert counts(judged(evidence(hands_in(20, value=50, after=6)))) == ("unknown", 0, 0, 1, 0), "old after 4 min"


@pytest.mark.clause("U2")
def test_what_the_gateway_did_not_take_or_speaks_of_something_else_tells_nobody() -> None:
    assert judged(evidence(ONCE_LOW, low(21, speaks_of=20))).violations == 1
    assert judged(evidence(ONCE_LOW, told(21, 20, says="no_data"))).violations == 1
    assert judged(evidence(ONCE_LOW, low(21, speaks_of=20), accepted(19, says="urgent_low"))).violations == 1
    assert judged(evidence(ONCE_LOW, told(21, None))).violations == 0
    assert judged(evidence(hands_in(10, value=50), hands_in(15), ONCE_LOW, told(11, 10), told(21, 10))).violations == 1


@pytest.mark.clause("U2", "D29")
def test_the_phones_own_alarm_counts_only_while_the_service_is_struck() -> None:
    own = low(21, speaks_of=20, path="phone_timer")
    assert judged(evidence(ONCE_LOW, own)).violations == 1
    assert judged(evidence(ONCE_LOW, own, faults=(fault("watchdog", 10, 22),))).violations == 0
    assert judged(evidence(ONCE_LOW, own), alert_paths=("phone_timer",)).violations == 0


@pytest.mark.clause("U3", "D31")
@pytest.mark.parametrize(("where", "by"), [("last_mile", 29), ("phone", 29), ("push", 33), ("push[south]", 33)])
def test_the_limit_stands_still_while_nothing_can_come(where: str, by: float) -> None:
    """From 15 to 24; of the push provider until the phone polls again, too."""
    cut = (fault(where, 15, 24),)
    assert judged(evidence(LOW_FROM_20, told(by, 25), end=40, faults=cut)).violations == 0
    assert judged(evidence(LOW_FROM_20, told(by + 0.1, 25), end=40, faults=cut)).violations >= 1


@pytest.mark.clause("U3", "D31")
@pytest.mark.parametrize("where", ["uplink", "gateway", "processor", "push[north]"])
def test_a_fault_on_the_way_of_readings_alone_or_of_others_pushes_stops_no_limit(where: str) -> None:
    cut = (fault(where, 15, 24),)
    assert judged(evidence(LOW_FROM_20, told(29, 25), end=35, faults=cut)).violations == 1


@pytest.mark.clause("U3", "D31")
@pytest.mark.parametrize(("at", "violations"), [(29, 0), (29.1, 1)])
@pytest.mark.parametrize("where", ["notifier", "watchdog", "notifier→push"])
def test_while_what_alerts_is_dead_a_phone_has_until_its_next_poll(where: str, at: float, violations: int) -> None:
    """5 min, 2 min until it polls again, and twice 1 min."""
    own, dead = low(at, speaks_of=25, path="phone_timer"), (fault(where, 15, 35),)
    assert judged(evidence(LOW_FROM_20, own, end=35, faults=dead)).violations == violations


@pytest.mark.clause("D31")
@pytest.mark.parametrize(("at", "violations"), [(39, 0), (39.1, 1)])
def test_while_neither_a_push_nor_a_poll_can_come_the_limit_stands_still(at: float, violations: int) -> None:
    """Both are there from 20 to 30, for the way needs 10 minutes to recover."""
    dead = fault("watchdog", 15, 30)
    both = (dead, fault("downlink[south]", 15, 20, fault_id="f2"))
    assert judged(evidence(LOW_FROM_20, told(at, 35), end=42, faults=both)).violations == violations
    of_others = (dead, fault("downlink[north]", 15, 20, fault_id="f2"))
    assert judged(evidence(LOW_FROM_20, told(39, 35), end=42, faults=of_others)).violations == 1


@pytest.mark.clause("U3")
@pytest.mark.parametrize(("first", "outcome", "cases"), [(20, "ok", 1), (20.1, "ok", 0), (5, "info", 0)])
def test_a_phone_follows_from_its_first_answered_poll_on(first: float, outcome: str, cases: int) -> None:
    polled = {**poll(first), "outcome": outcome}
    assert judged(evidence(ONCE_LOW, polled)).violations == cases
    assert judged(evidence(LOW_FROM_20, polled, told(21, 20), end=60)).violations == 1, "told once, and not again"


@pytest.mark.clause("U4")
@pytest.mark.parametrize(("again", "violations"), [(51, 0), (56, 0), (56.1, 1)])
def test_a_low_that_lasts_is_told_again(again: float, violations: int) -> None:
    seen = evidence(LOW_FROM_20, told(21, 20), told(again, 50), end=60)
    assert judged(seen).violations == violations
    assert judged(evidence(LOW_FROM_20, told(21, 20), end=55.9)).violations == 0


@pytest.mark.clause("U3", "U4")
def test_a_low_that_was_silent_for_a_while_is_the_same_low() -> None:
    """No reading for 25 min. The one after it is no news to who was told less than 30 min ago."""
    low_again = [*hands_in(20, value=50), *hands_in(*range(45, 75, 5), value=50)]
    assert counts(judged(evidence(low_again, told(21, 20), told(55, 55)))) == ("pass", 4, 0, 0, 0)
    assert judged(evidence(low_again, told(21, 20), told(56.1, 55))).violations == 1, "again each 30 min"
    assert judged(evidence(low_again)).violations == 2
    assert judged(evidence(low_again, hands_in(35), told(21, 20), told(55, 55))).violations == 1, "it was over"
    assert judged(evidence(hands_in(20, 51, 56, value=50), told(21, 20), told(57, 56))).violations == 1, "long ago"


@pytest.mark.clause("U1")
def test_of_readings_acknowledged_at_once_the_newest_counts() -> None:
    both = [*hands_in(20, value=50, after=5), *hands_in(24, after=1)]
    assert counts(judged(evidence(both))) == counts(judged(evidence(both[::-1]))) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("U6")
def test_a_low_that_no_device_had_made_by_then_is_none() -> None:
    late = [measured(26, value=50) | {"measured_us": us(20)}]
    assert judged(evidence(late, told(25.9, 20))).violations == 1
    assert judged(evidence(late, told(26, 20))).violations == 0


@pytest.mark.clause("U6")
@pytest.mark.parametrize(("at", "of", "violations"), [(31, 20, 0), (31.1, 20, 1), (31, 30, 1), (31, 22, 1)])
def test_a_low_that_is_none_or_long_ago_is_not_told(at: float, of: float, violations: int) -> None:
    seen = evidence(ONCE_LOW, told(21, 20), told(at, of))
    found = judged(seen)
    assert found.violations == violations
    if violations:
        assert found.why == "1 phone was told of a low that is none, or of long ago (3 cases)"


@pytest.mark.clause("U7")
@pytest.mark.parametrize(("doubt", "suspected"), [((18, 19.9), 0), ((18, 20), 1), ((25, 26), 1), ((25.1, 26), 0)])
def test_a_doubt_in_its_window_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(ONCE_LOW, doubt=doubt)).suspected == suspected
