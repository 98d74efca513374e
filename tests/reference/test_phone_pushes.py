"""What the follower app makes of a push: presented, held or overtaken; each alarm and each low rings once."""

from __future__ import annotations

import json
import math

import pytest

from deadair.reference.app.phone_state import Hush, PushTaken, Ring
from tests.reference.ready_phone import APP, T_S, low, no_data, polled, ready, seeing


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


def test_what_a_cut_link_held_back_rings_once_and_not_to_and_fro() -> None:
    """Retries of two alarms come at once, and in any order: the older one is no news."""
    state, _ = APP.pushed(seeing(2000, now_s=2001), no_data(sent_s=3200, made_s=3200.0), 5000.0)
    rung = 0
    for made_s in (4100.0, 3200.0, 4100.0, 3200.0, 4100.0):
        state, out = APP.pushed(state, no_data(sent_s=4200, made_s=made_s), 5000.0)
        rung += sum(isinstance(one, Ring) for one in out)
    assert rung == 1
    tomorrow = state._replace(made_s=90_000.0)
    _, out = APP.pushed(tomorrow, no_data(sent_s=5900, made_s=5900.0), 5901.0)
    assert Ring("alarm", "service_push", 2000) in out, "it was made by a clock that was ahead"


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


# --- an urgent low ---------------------------------------------------------------------------------------------------


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
