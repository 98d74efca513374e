"""A push counts only if the push gateway took it: which message bears out which notification."""

from __future__ import annotations

import pytest

from tests.histories.ops import (
    BOTH,
    accepted,
    alarm,
    clear,
    evidence,
    fault,
    notice,
    one,
    reads,
)


@pytest.mark.clause("D19")
def test_a_push_that_the_gateway_never_took_alerted_nobody() -> None:
    for path in BOTH:
        assert one(evidence(reads(0), alarm(22, path=path), sent=[])).state(BOTH) == "violated"
        assert one(evidence(reads(0), notice(22, path=path), sent=[])).state(BOTH) == "violated"
    timer = one(evidence(reads(0), alarm(22, path="phone_timer"), sent=[]))
    assert timer.state(("phone_timer",)) == "held"


@pytest.mark.clause("D19", "D22")
def test_a_path_that_the_target_does_not_have_has_alerted_nobody() -> None:
    sent = [accepted(22, path="pigeon")]
    assert one(evidence(reads(0), alarm(22, path="pigeon"), sent=sent)).state(("pigeon",)) == "violated"


def test_a_push_is_confirmed_by_its_own_phone_and_path_in_time_and_taken() -> None:
    right = accepted(22)
    for wrong in (
        accepted(22, phone=2),
        accepted(22, path="sentinel_push"),
        accepted(22, outcome="fail"),
        accepted(23.1),  # later than G after the presenting
        accepted(9.9),  # before the reading that it speaks of was measured
    ):
        rows = (reads(0), alarm(22, speaks_of=10))
        assert one(evidence(rows[0], rows[1], sent=[wrong])).state(BOTH) == "violated"
        assert one(evidence(rows[0], rows[1], sent=[wrong, right])).state(BOTH) == "held"


@pytest.mark.clause("D20")
def test_an_alarm_is_confirmed_only_by_a_message_that_says_what_it_says() -> None:
    rows = (reads(0), alarm(22, speaks_of=10))
    for wrong in (
        accepted(21, says="notice"),
        accepted(21, says="back"),
        accepted(21, says="urgent_low"),
        accepted(21, says="hello"),
    ):
        assert one(evidence(*rows, sent=[wrong])).state(BOTH) == "violated"
        assert one(evidence(*rows, sent=[accepted(20, says="no_data"), wrong])).state(BOTH) == "held"
    for right in (accepted(21, says="no_data"), accepted(21, says=""), accepted(21)):
        assert one(evidence(*rows, sent=[right])).state(BOTH) == "held"


@pytest.mark.clause("D20")
def test_a_notice_is_not_confirmed_by_the_message_that_all_is_well_again() -> None:
    back, sent = (accepted(21, path="sentinel_push", says=says) for says in ("back", "notice"))
    assert one(evidence(reads(0), notice(22), sent=[back])).state(BOTH) == "violated"
    assert one(evidence(reads(0), notice(22), sent=[sent, back])).state(BOTH) == "held"


@pytest.mark.clause("D21")
def test_an_alarm_that_the_app_held_until_the_onset_is_confirmed_by_the_push_of_before() -> None:
    assert one(evidence(reads(0), alarm(20, speaks_of=0), sent=[accepted(15)])).state(BOTH) == "held"


@pytest.mark.clause("D21")
def test_a_notice_is_not_confirmed_by_a_message_of_hours_ago() -> None:
    hours_ago, just_now = accepted(1, path="sentinel_push"), accepted(316, path="sentinel_push")
    rows = (reads(0, 5), reads(*range(10, 300, 5)), notice(316))
    assert one(evidence(*rows, end=400, sent=[hours_ago])).state(BOTH) == "violated"
    assert one(evidence(*rows, end=400, sent=[hours_ago, just_now])).state(BOTH) == "held"


@pytest.mark.clause("D7", "D21")
def test_a_notice_is_as_old_as_a_cut_of_its_phones_last_mile_makes_it() -> None:
    """Blind from 20; the last mile is cut from 21 to 60; what was sent at 22 comes at 60."""
    rows, sent = (reads(0), notice(60)), [accepted(22, path="sentinel_push", says="notice")]
    reached = {"last_mile[south]": "held", "last_mile": "held", "phone": "held"}
    for place, state in {**reached, "last_mile[north]": "violated", "uplink": "violated"}.items():
        faults = (fault(place, 21, 60), fault("last_mile", 2, 3, fault_id="f2"))
        assert one(evidence(*rows, sent=sent, faults=faults)).state(BOTH) == state, place
    older = [accepted(0.5, path="sentinel_push", says="notice")]
    assert one(evidence(*rows, sent=older, faults=(fault("last_mile", 21, 60),))).state(BOTH) == "violated"


@pytest.mark.clause("D23")
def test_an_alarm_that_is_cleared_the_very_moment_it_is_presented_alerted_nobody() -> None:
    assert one(evidence(reads(0, 5), alarm(27, speaks_of=5), clear(27), end=60)).state(BOTH) == "violated"
    assert one(evidence(reads(0, 5), alarm(27, speaks_of=5), clear(27.1), end=60)).state(BOTH) == "held"


@pytest.mark.clause("D3")
def test_two_processes_that_write_down_one_moment_may_differ_by_g() -> None:
    assert one(evidence(reads(0), alarm(22), sent=[accepted(22.01)])).state(BOTH) == "held"
