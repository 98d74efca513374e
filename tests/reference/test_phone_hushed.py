"""What a person says to a phone that rings: it is silent, the service is told, and the next silence rings."""

from __future__ import annotations

import json

import pytest

from deadair.reference.app.phone_state import AppState, Call, Hush, PushTaken, Ring, Timer
from tests.reference.ready_phone import APP, T_S, WHO, blind, low, no_data, polled, seeing


def said(state: AppState) -> tuple[float, float]:
    """Return what the next poll tells of it."""
    (call,) = (one for one in APP.poll_due(state, 0.0)[1] if isinstance(one, Call))
    body = json.loads(call.body)
    return body["acknowledged_s"], body["snoozed_until_s"]


def test_an_acknowledged_silence_rings_no_more_and_the_service_is_told() -> None:
    assert said(blind()) == (0.0, 0.0)
    state, out = APP.acknowledged(blind(), 3260.0)
    assert out == (Hush("alarm"), Timer(None))
    assert said(state) == (3260.0, 0.0)
    state, out = APP.timer_fired(state, 4100.0)
    assert not [one for one in out if isinstance(one, Ring)]
    _, out = APP.pushed(state, no_data(sent_s=4200), 4201.0)
    assert out == (PushTaken("service_push", "overtaken"),)


def test_the_next_silence_rings_whatever_was_said_to_this_one() -> None:
    for state, _ in (APP.acknowledged(blind(), 3260.0), APP.snoozed(blind(), 9000.0, 3260.0)):
        seen, out = polled(state, 3300, 3301.0)
        assert said(seen) == (0.0, 0.0)
        assert Timer(3300 + 0.9 * T_S) in out
        old, _ = APP.timer_fired(seen, 3300 + 0.9 * T_S)
        _, out = APP.timer_fired(old, 3300 + T_S)
        assert Ring("alarm", "phone_timer", 3300) in out
        assert Ring("alarm", "service_push", 3300) in APP.pushed(old, no_data(sent_s=4501), 4502.0)[1]


def test_a_silence_that_began_later_than_was_known_is_not_acknowledged() -> None:
    # An old reading comes in: the phone would have gone blind at 4500 only, and nobody said anything since.
    state, out = polled(APP.acknowledged(blind(), 3260.0)[0], 3300, 5000.0)
    assert out[-1] == Timer(5000.0)
    assert Ring("alarm", "phone_timer", 3300) in APP.timer_fired(state, 5000.0)[1]


def test_a_snooze_ends_by_itself() -> None:
    state, out = APP.snoozed(blind(), 3500.0, 3260.0)
    assert out == (Hush("alarm"), Timer(3500.0))
    assert said(state) == (0.0, 3500.0)
    assert APP.pushed(state, no_data(sent_s=3400), 3401.0)[1] == (PushTaken("service_push", "overtaken"),)
    assert not [one for one in APP.timer_fired(state, 3499.0)[1] if isinstance(one, Ring)]
    state, out = APP.timer_fired(state, 3500.0)
    assert out == (Ring("alarm", "phone_timer", 2000), Timer(3500.0 + 900.0))
    assert Ring("alarm", "service_push", 2000) in APP.pushed(state, no_data(sent_s=3600), 3601.0)[1]


def test_a_snooze_is_two_hours_at_the_most() -> None:
    assert APP.snoozed(blind(), 1e9, 3260.0)[1][-1] == Timer(3260.0 + 7200.0)


def test_a_silence_can_be_acknowledged_after_it_was_snoozed() -> None:
    state, _ = APP.snoozed(blind(), 3500.0, 3260.0)
    state, out = APP.acknowledged(state, 3300.0)
    assert out == (Timer(None),)
    assert not [one for one in APP.timer_fired(state, 3500.0)[1] if isinstance(one, Ring)]


def test_who_knows_of_a_low_does_not_know_of_a_silence() -> None:
    # The silence comes after the low, and nothing was said to it.
    state, _ = APP.pushed(seeing(2000, now_s=2001), low(2300.0), 2310.0)
    for state_after, out in (APP.acknowledged(state, 2320.0), APP.snoozed(state, 9000.0, 2320.0)):
        assert out == (Hush("low"),)
        assert said(state_after) == (0.0, 0.0)
        assert Ring("alarm", "phone_timer", 2000) in APP.timer_fired(state_after, 3200.0)[1]


def test_with_nothing_to_hush_nothing_is_said() -> None:
    state = seeing(2000, now_s=2001)
    assert APP.acknowledged(state, 2100.0) == (state, ())
    assert APP.snoozed(state, 9000.0, 2100.0) == (state, ())


@pytest.mark.parametrize("word", ["acknowledged", "snoozed"])
def test_who_answers_a_low_says_nothing_of_a_silence_that_was_hushed_before(word: str) -> None:
    state, _ = APP.snoozed(blind(), 3500.0, 3260.0)
    state, out = APP.pushed(state, low(3290.0), 3300.0)
    assert Ring("low", "service_push", 3290) in out
    answer = APP.acknowledged(state, 3310.0) if word == "acknowledged" else APP.snoozed(state, 9000.0, 3310.0)
    assert answer[1] == (Hush("low"),)
    assert said(answer[0]) == (0.0, 3500.0)
    assert Ring("alarm", "phone_timer", 2000) in APP.timer_fired(answer[0], 3500.0)[1]


def test_what_was_said_while_the_phones_clock_was_ahead_ends_in_its_time() -> None:
    ahead_s = 86_400.0
    state = APP.timer_fired(seeing(2000, now_s=2001), 3200.0 + ahead_s)[0]
    state, _ = APP.snoozed(state, 5000.0 + ahead_s, 3260.0 + ahead_s)
    state, out = APP.poll_due(state, 3300.0)
    assert out[1:] == (Timer(3300.0 + WHO.snooze_max_s),)
    state, out = APP.timer_fired(state, 3300.0 + WHO.snooze_max_s)
    assert Ring("alarm", "phone_timer", 2000) in out


def test_an_alarm_that_rang_while_the_phones_clock_was_ahead_rings_again_in_its_time() -> None:
    state = APP.timer_fired(seeing(2000, now_s=2001), 3200.0 + 86_400.0)[0]
    state, out = APP.poll_due(state, 3300.0)
    assert out[1:] == (Timer(3300.0 + WHO.realarm_every_s),)
    assert APP.poll_due(state, 3400.0)[1][1:] == ()
    assert Ring("alarm", "phone_timer", 2000) in APP.timer_fired(state, 3300.0 + WHO.realarm_every_s)[1]
