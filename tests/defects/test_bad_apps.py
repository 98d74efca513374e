"""Each planted follower app is bad in the one way its name says."""

from __future__ import annotations

import pytest

from deadair.reference.app.app_wiring import phone_app
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, Hush, Out, Ring
from tests.reference.ready_phone import T_S, low, no_data, polled, ready, seeing

ONSET_S = 2000 + T_S


def rings(out: tuple[Out, ...]) -> list[str]:
    return [one.path for one in out if isinstance(one, Ring)]


def asked(app: PhoneApp, measured_s: int, *, now_s: float) -> AppState:
    body = b'{"reading": {"measured_s": %d, "value": 100}}' % measured_s
    return app.answered(ready(), "poll", 200, body, now_s)[0]


@pytest.mark.parametrize(("defect", "found"), [((), []), (("app-rings-early",), ["service_push"])])
def test_one_that_rings_early_presents_what_a_good_one_holds(defect: tuple[str, ...], found: list[str]) -> None:
    app = phone_app(defect)
    state, out = app.pushed(seeing(2000, now_s=2001), no_data(sent_s=2900, made_s=2900), 2900)
    assert rings(out) == found
    assert rings(app.pushed(state, no_data(sent_s=2900, made_s=2900), 2901)[1]) == [], "once"


@pytest.mark.parametrize(("age_s", "found"), [(60.0, ["phone_timer"]), (361.0, [])])
def test_one_that_guards_by_its_last_poll_rings_only_soon_after_one(age_s: float, found: list[str]) -> None:
    app = phone_app(("app-guards-by-fetch",))
    state = asked(app, 2000, now_s=2001)
    state, _ = app.answered(state, "poll", 200, b'{"reading": null}', ONSET_S - age_s)
    after, out = app.timer_fired(state, ONSET_S)
    assert rings(out) == found
    assert after.alarm == bool(found)


@pytest.mark.parametrize(
    ("defect", "found"), [((), ["service_push", "phone_timer"]), (("app-relies-on-push",), ["service_push"])]
)
@pytest.mark.parametrize("warned", [True, False])
def test_one_that_relies_on_the_push_rings_for_nothing_else(
    defect: tuple[str, ...], found: list[str], *, warned: bool
) -> None:
    app = phone_app(defect)
    state = seeing(2000, now_s=2001)
    if warned:
        state, _ = app.pushed(state, no_data(sent_s=2900, made_s=2900), 2900)
    after, out = app.timer_fired(state, ONSET_S)
    expected = found if warned else [path for path in found if path == "phone_timer"]
    assert rings(out) == expected
    assert after.alarm == bool(expected)


@pytest.mark.parametrize(("defect", "found"), [((), []), (("lows-of-long-ago",), ["service_push"])])
def test_one_that_rings_for_old_lows_takes_the_services_word(defect: tuple[str, ...], found: list[str]) -> None:
    app = phone_app(defect)
    state, out = app.pushed(ready(), low(2000), 2000 + 3600)
    assert rings(out) == found
    assert state.who == ready().who


@pytest.mark.parametrize(("defect", "hushed"), [((), True), (("alarm-that-stays",), False)])
def test_an_alarm_that_stays_is_not_taken_down_by_a_reading(defect: tuple[str, ...], *, hushed: bool) -> None:
    app = phone_app(defect)
    blind, _ = app.timer_fired(seeing(2000, now_s=2001), ONSET_S)
    body = b'{"reading": {"measured_s": 3300, "value": 100}}'
    assert (Hush("alarm") in app.answered(blind, "poll", 200, body, 3301)[1]) == hushed
    assert Hush("alarm") in polled(blind, 3300, 3301)[1]
