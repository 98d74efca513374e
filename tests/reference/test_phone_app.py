"""The follower app: it never trusts silence, never blanks, and knows an overtaken push."""

from __future__ import annotations

import json
import math

import pytest

from harness.reference.phone_app import PhoneApp
from harness.reference.phone_state import AppState, Call, Follower, Hush, Out, PushTaken, Ring, Screen, Shown, Timer

T_S = 1200.0
APP = PhoneApp()
WHO = Follower("phone-1", "word", "device-1", "token", T_S, realarm_every_s=900.0, since_s=1000.0)


def ready(**changes: object) -> AppState:
    return AppState(**{"who": WHO, "session": "s", "follow": 3, **changes})  # type: ignore[arg-type]


def seeing(measured_s: int, *, now_s: float) -> AppState:
    return polled(ready(), measured_s, now_s)[0]


def polled(state: AppState, measured_s: int, now_s: float) -> tuple[AppState, tuple[Out, ...]]:
    body = json.dumps({"reading": {"measured_s": measured_s, "value": 100}}).encode()
    return APP.answered(state, "poll", 200, body, now_s)


def no_data(*, sent_s: float, expires_s: float = 1e9, made_s: float = 0.0) -> dict[str, str]:
    stamps = {"sent_s": str(sent_s), "expires_s": str(expires_s), "made_s": str(made_s)}
    return {"kind": "no_data", "measured_s": "", **stamps}


def test_from_nothing_to_a_reading_on_the_screen() -> None:
    state, out = APP.installed(WHO)
    assert out == (Timer(1000.0 + T_S),)
    state, out = APP.poll_due(state, 1001.0)
    assert [call.tag for call in out if isinstance(call, Call)] == ["login"]
    state, out = APP.answered(state, "login", 200, json.dumps("x" * 36).encode(), 1001.0)
    assert [call.tag for call in out if isinstance(call, Call)] == ["subscribe"]
    state, out = APP.answered(state, "subscribe", 200, b'{"follow": 3}', 1001.0)
    assert json.loads(out[0].body)["shown_s"] is None  # type: ignore[union-attr]
    state, out = polled(state, 990, 1002.0)
    assert out[0] == Screen("current", Shown(990, 100))
    _, out = APP.poll_due(state, 1300.0)
    assert json.loads(out[0].body)["shown_s"] == 990  # type: ignore[union-attr]


def test_its_own_timer_rings_with_no_network_at_all() -> None:
    state = seeing(2000, now_s=2001)
    state, out = APP.timer_fired(state, 3080.0)
    assert out == (Screen("old", Shown(2000, 100)), Timer(3200.0))
    state, out = APP.timer_fired(state, 3200.0)
    assert Ring("alarm", "phone_timer", 2000) in out
    assert out[-1] == Timer(3200.0 + 900.0)


def test_a_phone_that_never_saw_a_reading_rings_too() -> None:
    state, _ = APP.installed(WHO)
    _, out = APP.timer_fired(state, 2200.0)
    assert Ring("alarm", "phone_timer", None) in out


def test_it_rings_again_every_r() -> None:
    state, _ = APP.timer_fired(seeing(2000, now_s=2001), 3200.0)
    assert not [one for one in APP.timer_fired(state, 4099.0)[1] if isinstance(one, Ring)]
    assert [one for one in APP.timer_fired(state, 4100.0)[1] if isinstance(one, Ring)]


@pytest.mark.parametrize("status", [0, 200, 429, 500, 502, 503])
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b'{"reading": null}', b'{"reading": {"measured_s": "x"}}']
)
def test_an_answer_of_no_use_leaves_the_screen_as_it_is(status: int, body: bytes) -> None:
    before = seeing(2000, now_s=2001)
    after, out = APP.answered(before, "poll", status, body, 2400.0)
    assert after.shown == before.shown
    assert not [one for one in out if isinstance(one, Screen)]
    after, out = APP.unanswered(before, "poll", 2400.0)
    assert (after, out) == (before, ())


def test_an_old_reading_is_shown_as_old() -> None:
    _, out = polled(ready(), 2000, 2000 + 1100)
    assert out[0] == Screen("old", Shown(2000, 100))


def test_an_older_reading_never_replaces_a_newer() -> None:
    _, out = polled(seeing(2000, now_s=2001), 1900, 2002)
    assert out == ()


def test_data_that_is_back_clears_the_alarm() -> None:
    state, _ = APP.timer_fired(seeing(2000, now_s=2001), 3200.0)
    state, out = polled(state, 3300, 3301)
    assert Hush("alarm") in out
    assert not state.alarm


def test_a_phone_that_sees_again_says_so_at_once() -> None:
    """Cut off before its next poll, it goes blind anew, and a service that was not told takes that for one silence."""
    for before in (blind(), APP.acknowledged(blind(), 3260.0)[0]):
        state, out = polled(before, 3300, 3301.0)
        (call,) = (one for one in out if isinstance(one, Call))
        assert (call.tag, json.loads(call.body)["shown_s"]) == ("poll", 3300)
        assert polled(state, 3300, 3302.0) == (state, ())
        assert not [one for one in polled(state, 3600, 3601.0)[1] if isinstance(one, Call)]


def test_a_phone_that_sees_something_old_is_blind_still_and_says_nothing() -> None:
    assert not [one for one in polled(blind(), 2100, 3301.0)[1] if isinstance(one, Call)]


def test_data_that_is_back_but_old_does_not() -> None:
    state, _ = APP.timer_fired(seeing(2000, now_s=2001), 5000.0)
    state, out = polled(state, 3300, 5001)
    assert Hush("alarm") not in out
    assert state.alarm


def test_a_push_to_a_blind_phone_is_presented() -> None:
    _, out = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=3199), 3201.0)
    assert out == (PushTaken("service_push", "presented"), Ring("alarm", "service_push", 2000))


def test_a_push_that_speaks_of_a_silence_not_yet_begun_is_held_until_it_does() -> None:
    # The phone shows a reading that its lost confirmation would have told of.
    state, out = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=2900), 2900.0)
    assert out == (PushTaken("service_push", "held"),)
    state, out = APP.timer_fired(state, 3200.0)
    assert Ring("alarm", "service_push", 2000) in out


def test_a_held_push_is_dropped_when_a_newer_reading_is_shown() -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=2900), 2900.0)
    state, _ = polled(state, 2950, 2951)
    _, out = APP.timer_fired(state, 2950 + T_S)
    assert Ring("alarm", "service_push", 2950) not in out


def test_one_alarm_rings_once_however_often_it_arrives_and_the_next_rings_again() -> None:
    # A notifier that died before it had written down what it delivered delivers it once more.
    state, out = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=3200, made_s=3200.0), 3201.0)
    assert Ring("alarm", "service_push", 2000) in out
    again, out = APP.pushed(state, no_data(sent_s=3260, made_s=3200.0), 3261.0)
    assert (again, out) == (state, (PushTaken("service_push", "overtaken"),))
    assert Ring("alarm", "service_push", 2000) in APP.pushed(state, no_data(sent_s=4100, made_s=4100.0), 4101.0)[1]


def test_one_alarm_rings_once_also_if_it_was_held() -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=2900, made_s=2900.0), 2900.0)
    state, _ = APP.timer_fired(state, 3200.0)
    assert APP.pushed(state, no_data(sent_s=3260, made_s=2900.0), 3261.0)[1] == (
        PushTaken("service_push", "overtaken"),
    )


def test_an_alarm_that_was_held_and_never_rang_rings_when_it_comes_again() -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=2900, made_s=2900.0), 2900.0)
    state, _ = polled(state, 2950, 2951)
    state, _ = APP.timer_fired(state, 2950 + T_S)
    assert state.alarm
    _, out = APP.pushed(state, no_data(sent_s=2952 + T_S, made_s=2900.0), 2952 + T_S)
    assert Ring("alarm", "service_push", 2950) in out


def test_of_alarms_that_do_not_say_when_they_were_made_each_rings() -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=3200), 3201.0)
    assert Ring("alarm", "service_push", 2000) in APP.pushed(state, no_data(sent_s=3260), 3261.0)[1]


def test_a_push_from_before_the_reading_shown_is_overtaken() -> None:
    # A healed link delivers what its sender gave up long ago.
    _, out = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=1999), 2100.0)
    assert out == (PushTaken("service_push", "overtaken"),)


def test_a_notice_from_a_clock_that_was_ahead_overtakes_none_that_is_sent_once_it_is_right() -> None:
    ahead = {"kind": "notice", "sent_s": "90000", "expires_s": "99000"}
    state, out = APP.pushed(seeing(2000, now_s=2001), ahead, 2010.0)
    assert Ring("notice", "sentinel_push", None) in out
    state, out = APP.pushed(state, {"kind": "back", "sent_s": "2011", "expires_s": "4000"}, 2012.0)
    assert Hush("notice") in out
    _, out = APP.pushed(state, {"kind": "notice", "sent_s": "3000", "expires_s": "5000"}, 3001.0)
    assert Ring("notice", "sentinel_push", None) in out


def test_a_push_past_its_life_is_overtaken() -> None:
    _, out = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=3199, expires_s=3200), 3201.0)
    assert out == (PushTaken("service_push", "overtaken"),)


def test_a_notice_stays_until_back_and_an_older_message_changes_nothing() -> None:
    notice = {"kind": "notice", "sent_s": "5000", "expires_s": "9000"}
    back = {"kind": "back", "sent_s": "6000", "expires_s": "9000"}
    state, out = APP.pushed(ready(), notice, 5001.0)
    assert Ring("notice", "sentinel_push", None) in out
    state, out = APP.pushed(state, back, 6001.0)
    assert Hush("notice") in out
    _, out = APP.pushed(state, notice, 6002.0)
    assert out == (PushTaken("sentinel_push", "overtaken"),)


@pytest.mark.parametrize(
    "data", [{}, {"kind": "x"}, {"kind": "no_data", "expires_s": "soon"}, {"kind": "notice", "sent_s": "nan"}]
)
def test_a_malformed_push_presents_nothing(data: dict[str, str]) -> None:
    _, out = APP.pushed(ready(), data, 5000.0)
    assert not [one for one in out if isinstance(one, Ring)]


def test_a_lost_session_is_renewed_with_the_next_poll() -> None:
    state, out = APP.answered(ready(), "poll", 500, b'{"Code": "SessionNotValid"}', 2000.0)
    assert out == ()
    _, out = APP.poll_due(state, 2300.0)
    assert [call.tag for call in out if isinstance(call, Call)] == ["login"]


# --- an urgent low ----------------------------------------------------------------------------------------------------


def low(measured_s: float, *, expires_s: float = 1e9) -> dict[str, str]:
    stamps = {"sent_s": str(measured_s), "expires_s": str(expires_s), "measured_s": str(measured_s)}
    return {"kind": "urgent_low", "value": "50", **stamps}


def test_an_urgent_low_is_presented_beside_everything_else() -> None:
    before = seeing(2000, now_s=2001)
    state, out = APP.pushed(before, low(2300.0), 2310.0)
    assert out == (PushTaken("service_push", "presented"), Ring("low", "service_push", 2300))
    assert (state.alarm, state.held, state.onset_s, state.shown) == (False, False, before.onset_s, before.shown)
    _, out = APP.timer_fired(state, before.onset_s)
    assert Ring("alarm", "phone_timer", 2000) in out


def test_a_low_neither_clears_a_no_data_alarm_nor_sets_one() -> None:
    ringing, _ = APP.timer_fired(seeing(2000, now_s=2001), 3200.0)
    state, out = APP.pushed(ringing, low(3190.0), 3201.0)
    assert state.alarm
    assert not [one for one in out if isinstance(one, Hush)]
    assert APP.timer_fired(state, 4100.0)[1] == APP.timer_fired(ringing, 4100.0)[1]


@pytest.mark.parametrize(
    ("measured_s", "expires_s"),
    [(2300.0, 1e9), (2800.0, 2905.0), (2309.0, 1e9), (1000.0, 1e9), (4000.0, 1e9), (math.nan, 1e9), (math.inf, 1e9),
     (-1.0, 1e9)],
)  # fmt: skip
def test_a_low_that_is_not_current_is_overtaken(measured_s: float, expires_s: float) -> None:
    state = seeing(2000, now_s=2001)
    assert APP.pushed(state, low(measured_s, expires_s=expires_s), 2910.0) == (
        state,
        (PushTaken("service_push", "overtaken"),),
    )


def test_a_low_rings_once_however_often_it_arrives_and_a_newer_rings_again() -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), low(2300.0), 2310.0)
    for measured_s in (2300.0, 2100.0):
        state, out = APP.pushed(state, low(measured_s), 2320.0)
        assert out == (PushTaken("service_push", "overtaken"),)
    _, out = APP.pushed(state, low(2600.0), 2610.0)
    assert Ring("low", "service_push", 2600) in out


@pytest.mark.parametrize(("value", "ends"), [(56, True), (55, False)])
def test_a_low_ends_with_a_newer_reading_that_is_none(value: int, *, ends: bool) -> None:
    state, _ = APP.pushed(seeing(2000, now_s=2001), low(2300.0), 2310.0)
    body = json.dumps({"reading": {"measured_s": 2600, "value": value}}).encode()
    state, out = APP.answered(state, "poll", 200, body, 2610.0)
    assert (Hush("low") in out) is ends
    assert state.low is not ends


# --- what a person says -----------------------------------------------------------------------------------------------


def blind(*, now_s: float = 3200.0) -> AppState:
    """Return a phone that has gone blind and rings."""
    return APP.timer_fired(seeing(2000, now_s=2001), now_s)[0]


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


def test_a_follow_that_is_there_no_more_is_asked_for_anew() -> None:
    # Its family may have ended it and begun it again meanwhile.
    state, _ = APP.answered(ready(), "poll", 500, b'{"Code": "SubscriptionNotFound"}', 2000.0)
    _, out = APP.poll_due(state, 2060.0)
    assert [one.tag for one in out if isinstance(one, Call)] == ["subscribe"]
