"""The follower app: it never trusts silence, never blanks, and says at once that it sees again."""

from __future__ import annotations

import json

import pytest

from deadair.reference.app.phone_state import Call, Hush, Ring, Screen, Shown, Timer
from tests.reference.ready_phone import APP, T_S, WHO, blind, no_data, polled, ready, seeing


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


def test_a_lost_session_is_renewed_with_the_next_poll() -> None:
    state, out = APP.answered(ready(), "poll", 500, b'{"Code": "SessionNotValid"}', 2000.0)
    assert out == ()
    _, out = APP.poll_due(state, 2300.0)
    assert [call.tag for call in out if isinstance(call, Call)] == ["login"]


def test_a_follow_that_is_there_no_more_is_asked_for_anew() -> None:
    # Its family may have ended it and begun it again meanwhile.
    state, _ = APP.answered(ready(), "poll", 500, b'{"Code": "SubscriptionNotFound"}', 2000.0)
    _, out = APP.poll_due(state, 2060.0)
    assert [one.tag for one in out if isinstance(one, Call)] == ["subscribe"]


def test_whoever_wants_no_alarm_sees_how_old_it_is_and_is_never_rung() -> None:
    off = WHO.__class__("phone-1", "word", "device-1", "token", 0.0, realarm_every_s=900.0, since_s=1000.0)
    state, out = APP.installed(off)
    assert out == (Timer(None),)
    state, out = polled(ready(who=off), 2000, 2001.0)
    assert out == (Screen("current", Shown(2000, 100)), Timer(2540.0))
    state, out = APP.timer_fired(state, 2540.0)
    assert out == (Screen("old", Shown(2000, 100)), Timer(None))
    state, out = APP.pushed(state, no_data(sent_s=9000.0, made_s=9000.0), 9001.0)
    state, more = APP.timer_fired(state, 90_000.0)
    assert not [one for one in (*out, *more) if isinstance(one, Ring)]
