"""A phone that shows an urgent low of which no push comes rings by itself after a minute."""

from __future__ import annotations

import json

import pytest

from deadair.reference.app.phone_state import AppState, Out, PushTaken, Ring, Timer
from tests.reference.ready_phone import APP, low, ready


def reads(state: AppState, measured_s: int, value: int, now_s: float) -> tuple[AppState, tuple[Out, ...]]:
    body = json.dumps({"reading": {"measured_s": measured_s, "value": value}}).encode()
    return APP.answered(state, "poll", 200, body, now_s)


def test_it_sets_its_timer_and_rings_a_minute_after_it_shows_the_low() -> None:
    state, out = reads(ready(), 2000, 50, 2010)
    assert Timer(2070.0) in out
    assert not any(isinstance(one, Ring) for one in out)
    state, out = APP.timer_fired(state, 2070.0)
    assert Ring("low", "phone_timer", 2000) in out
    assert state.low
    assert not any(isinstance(one, Ring) for one in APP.timer_fired(state, 2200.0)[1])


def test_its_push_that_comes_in_between_rings_and_the_timer_does_not() -> None:
    state, _ = reads(ready(), 2000, 50, 2010)
    state, out = APP.pushed(state, low(2000), 2012.0)
    assert Ring("low", "service_push", 2000) in out
    assert not any(isinstance(one, Ring) for one in APP.timer_fired(state, 2070.0)[1])


def test_a_push_that_comes_after_it_rang_is_the_same_low() -> None:
    state, _ = APP.timer_fired(reads(ready(), 2000, 50, 2010)[0], 2070.0)
    assert APP.pushed(state, low(2000), 2080.0)[1] == (PushTaken("service_push", "overtaken"),)


@pytest.mark.parametrize(("value", "now_s"), [(56, 2010), (50, 2601)])
def test_what_is_not_urgently_low_or_not_of_now_rings_nobody(value: int, now_s: float) -> None:
    state, out = reads(ready(), 2000, value, now_s)
    assert Timer(now_s + 60) not in out
    assert not any(isinstance(one, Ring) for one in APP.timer_fired(state, now_s + 60)[1])


def test_a_reading_that_is_no_low_ends_the_wait() -> None:
    state, _ = reads(ready(), 2000, 50, 2010)
    state, _ = reads(state, 2040, 70, 2045)
    assert not any(isinstance(one, Ring) for one in APP.timer_fired(state, 2070.0)[1])


def test_a_push_of_an_older_low_ends_no_wait_for_the_newer_one() -> None:
    state, _ = reads(ready(), 2300, 50, 2310)
    state, _ = APP.pushed(state, low(2000), 2312.0)
    assert Ring("low", "phone_timer", 2300) in APP.timer_fired(state, 2370.0)[1]
