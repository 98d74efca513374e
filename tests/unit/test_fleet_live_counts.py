"""The count of the phones as they are now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deadair.fleet.phones.live_counts import Count, LiveCounts, Sight

MINUTE = 60_000_000
NOBODY = frozenset[str]()
SHOWING = Sight(visible_us=0, showing_us=0, paths=NOBODY)


def live_counts(phones: int = 1) -> LiveCounts:
    return LiveCounts(
        begin_us=0,
        fresh_us=11 * MINUTE,
        limit_us=5 * MINUTE,
        no_data_after_us=[20 * MINUTE] * phones,
        saving_paths=("service_push", "sentinel_push"),
    )


def test_a_phone_is_fresh_until_its_reading_is_too_old() -> None:
    assert live_counts().look(11 * MINUTE - 1, [SHOWING]).fresh == 1
    assert live_counts().look(11 * MINUTE, [SHOWING]).fresh == 0


def test_blind_begins_t_after_the_newest_reading_shown() -> None:
    assert live_counts().look(20 * MINUTE - 1, [SHOWING]).blind == 0
    assert live_counts().look(20 * MINUTE, [SHOWING]) == Count(0, 1, 0, 1, 0, 0)


def test_a_patient_never_heard_of_is_blind_t_after_the_beginning() -> None:
    assert live_counts().look(20 * MINUTE, [Sight(None, None, NOBODY)]).blind == 1


@pytest.mark.parametrize("path", ["service_push", "sentinel_push"])
def test_a_push_within_the_limit_counts(path: str) -> None:
    counting = live_counts()
    counting.look(21 * MINUTE, [SHOWING])
    count = counting.look(24 * MINUTE, [replace(SHOWING, paths=frozenset({path}))])
    assert (count.open, count.alerted, count.late, count.presenting) == (0, 1, 0, 1)


def test_the_phones_own_timer_does_not_count_for_the_service() -> None:
    counting = live_counts()
    ringing = replace(SHOWING, paths=frozenset({"phone_timer"}))
    assert counting.look(24 * MINUTE, [ringing]).open == 1
    assert counting.look(26 * MINUTE, [ringing]).late == 1


def test_a_silence_is_counted_once() -> None:
    counting = live_counts()
    for minute in range(26, 40):
        count = counting.look(minute * MINUTE, [SHOWING])
    assert (count.late, count.alerted, count.blind, count.open) == (1, 0, 1, 0)
    alerted_late = counting.look(40 * MINUTE, [replace(SHOWING, paths=frozenset({"service_push"}))])
    assert (alerted_late.late, alerted_late.alerted) == (1, 0)


def test_a_new_silence_counts_anew() -> None:
    counting = live_counts()
    counting.look(26 * MINUTE, [SHOWING])
    seen = Sight(visible_us=26 * MINUTE, showing_us=26 * MINUTE, paths=NOBODY)
    assert counting.look(27 * MINUTE, [seen]).blind == 0
    assert counting.look(52 * MINUTE, [seen]).late == 2


def test_whoever_wants_no_alarm_is_fresh_or_not_but_never_blind() -> None:
    counting = LiveCounts(
        begin_us=0, fresh_us=11 * MINUTE, limit_us=5 * MINUTE, no_data_after_us=[0, 20 * MINUTE], saving_paths=()
    )
    assert counting.look(10 * MINUTE, [SHOWING, SHOWING]) == Count(2, 0, 0, 0, 0, 0)
    assert counting.look(40 * MINUTE, [SHOWING, SHOWING]) == Count(0, 1, 0, 0, 0, 1)
