"""The reference's app as the fleet hosts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from deadair.model.roster import Phone
from deadair.targets.app import (
    Answered,
    Dismiss,
    Effect,
    FollowEnded,
    Noted,
    Person,
    PollDue,
    Present,
    Pushed,
    Send,
    SetTimer,
    TimerFired,
    Unanswered,
)
from deadair.targets.reference_app import ReferenceApp
from deadair.targets.request import Answer

PHONE = Phone(17, 8, "south", "phone-17", 0.5, 1_200_000_000)


def low(measured_s: float) -> Pushed:
    stamps = {"measured_s": str(measured_s), "sent_s": str(measured_s), "expires_s": "1e9"}
    return Pushed({"kind": "urgent_low", "patient": "8", "value": "50", **stamps})


def pushed(speed: float, age_s: float) -> tuple[Effect, ...]:
    app = ReferenceApp((), realarm_every_s=900.0, speed=speed)
    state: Any = app.begin(PHONE, password="p", token="t", now_s=100_000.0)[0]
    return app.step(state, low(100_000.0), 100_000.0 + age_s)[1]


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_an_urgent_low_is_presented_as_one_while_it_is_current(speed: float) -> None:
    presented = (Noted("service_push", "presented"), Present("low", "service_push", 100_000))
    assert pushed(speed, 599 / speed) == presented
    assert pushed(speed, 601 / speed) == (Noted("service_push", "overtaken"),)


@pytest.mark.parametrize(("own_us", "asked_s"), [(None, None), (0, None), (300_000_000, 5.0)])
def test_only_a_follow_that_says_how_often_it_is_told_again_asks_for_it(
    own_us: int | None, asked_s: float | None
) -> None:
    app = ReferenceApp((), realarm_every_s=900.0, speed=60.0)
    phone = replace(PHONE, realarm_every_us=own_us)
    state: Any = app.begin(phone, password="p", token="t", now_s=1000.0)[0]
    state, _ = app.step(state, PollDue(), 1000.0)
    _, (subscribe,) = app.step(state, Answered("login", Answer(200, orjson.dumps("x" * 36))), 1000.0)
    assert isinstance(subscribe, Send)
    asked = orjson.loads(subscribe.request.body)
    assert (asked["no_data_after_s"], asked.get("realarm_every_s")) == (20.0, asked_s)
    assert state.who.realarm_every_s == (asked_s or 15.0)


def test_who_acknowledges_or_snoozes_is_told_no_more_until_it_ends() -> None:
    app = ReferenceApp((), realarm_every_s=900.0, speed=1.0)
    blind_s = 100_000.0 + 1200.0
    ringing: Any = app.step(app.begin(PHONE, password="p", token="t", now_s=100_000.0)[0], TimerFired(), blind_s)[0]
    known, done = app.step(ringing, Person("acknowledge", blind_s), blind_s + 1)
    assert done == (Dismiss("alarm"), SetTimer(None))
    assert app.step(known, TimerFired(), blind_s + 3000)[1] == (SetTimer(None),)
    snoozed, done = app.step(ringing, Person("snooze", blind_s + 600), blind_s + 1)
    assert done == (Dismiss("alarm"), SetTimer(blind_s + 600))
    assert Present("alarm", "phone_timer", None) in app.step(snoozed, TimerFired(), blind_s + 600)[1]
    assert app.step(ringing, Person("dance", blind_s), blind_s + 1) == (ringing, ())


def test_who_logs_in_anew_is_let_in_again_also_after_a_wrong_password() -> None:
    app = ReferenceApp((), realarm_every_s=900.0, speed=1.0)
    state: Any = app.begin(PHONE, password="right", token="t", now_s=1000.0)[0]

    def typed(effects: tuple[Effect, ...]) -> str:
        (send,) = effects
        assert isinstance(send, Send) and send.tag == "login"
        return str(orjson.loads(send.request.body)["password"])

    state, sent = app.step(state, Person("log_in_anew", 0.0), 1000.0)
    assert typed(sent) == "right"
    state, sent = app.step(state, Person("wrong_password", 0.0), 1000.0)
    assert typed(sent) == "not right"
    refused = Answered("login", Answer(500, orjson.dumps({"Code": "AccountPasswordInvalid"})))
    assert typed(app.step(state, Unanswered("login"), 1000.0)[1]) == "right"
    state, sent = app.step(state, refused, 1000.0)
    assert typed(sent) == "right"
    assert app.step(state, refused, 1000.0)[1] == (), "not again and again: with the next poll"
    _, (subscribe,) = app.step(state, Answered("login", Answer(200, orjson.dumps("x" * 36))), 1000.0)
    assert isinstance(subscribe, Send) and subscribe.tag == "subscribe"


def test_who_stops_following_hushes_and_says_so_until_the_service_has_heard_it() -> None:
    app = ReferenceApp((), realarm_every_s=900.0, speed=1.0)
    state: Any = app.begin(PHONE, password="p", token="t", now_s=1000.0)[0]
    state = app.step(state, Answered("login", Answer(200, orjson.dumps("x" * 36))), 1000.0)[0]
    state = app.step(state, Answered("subscribe", Answer(200, orjson.dumps({"follow": 7}))), 1000.0)[0]
    ringing = app.step(state, TimerFired(), 2200.0)[0]
    left, done = app.step(ringing, Person("stop_following", 0.0), 2201.0)
    assert done[0] == Dismiss("alarm")
    assert isinstance(done[1], Send) and orjson.loads(done[1].request.body) == {"session": "x" * 36, "follow": 7}
    again = app.step(app.step(left, Unanswered("unsubscribe"), 2202.0)[0], PollDue(), 2300.0)[1]
    assert again[:1] == done[1:], "with each poll, as long as no answer comes"
    ended, said = app.step(left, Answered("unsubscribe", Answer(200, b'{"ended":true}')), 2202.0)
    assert said == (FollowEnded(),)
    push = {"kind": "no_data", "sent_s": "2203", "made_s": "2203", "expires_s": "1e9"}
    for event in (PollDue(), TimerFired(), Person("log_in_anew", 0.0)):
        assert app.step(ended, event, 3000.0)[1] == ()
    assert app.step(ended, Pushed(push), 3000.0)[1] == (Noted("service_push", "overtaken"),)
    reading = orjson.dumps({"reading": {"measured_s": 2990, "value": 100}})
    assert app.step(ended, Answered("poll", Answer(200, reading)), 3000.0) == (ended, ())
    assert app.step(app.begin(PHONE, password="p", token="t", now_s=1.0)[0], Person("stop_following", 0), 2.0)[1] == ()
