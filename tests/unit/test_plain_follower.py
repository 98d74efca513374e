"""The follower app that stands in where a target has none: what it shows, presents and takes down."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.targets.adapters.guarded import AdapterError, GuardedAdapter
from deadair.targets.adapters.http import HttpAdapter
from deadair.targets.adapters.http_section import HttpSection
from deadair.targets.adapters.log_in import LOG_IN_REQUESTS_MAX
from deadair.targets.adapters.plain_follower import PlainFollower
from deadair.targets.app import (
    Answered,
    Dismiss,
    Effect,
    Noted,
    PollDue,
    Present,
    Pushed,
    Send,
    SetTimer,
    ShowScreen,
    TimerFired,
    Unanswered,
)
from deadair.targets.request import Answer
from tests.unit.plain_target import SECTION

PHONE = Phone(7, 3, "rest", "phone-7", 0.0, 1_200_000_000)
"""T is 20 min."""


class Follower:
    """One phone's app, told what happens."""

    def __init__(self, *, speed: float = 1.0, **changed: Any) -> None:
        adapter = HttpAdapter(HttpSection.model_validate({**SECTION, **changed}), {})
        self.app = PlainFollower(GuardedAdapter(adapter, "http"), speed=speed)
        self.state, self.first = self.app.begin(PHONE, password="secret", token="t", now_s=0.0)

    def hears(self, event: Any, now_s: float) -> tuple[Effect, ...]:
        self.state, effects = self.app.step(self.state, event, now_s)
        return effects

    def polled(self, measured_s: int | None, now_s: float, value: int = 100) -> tuple[Effect, ...]:
        body = {"newest": None if measured_s is None else [measured_s, value]}
        return self.hears(Answered("poll", Answer(200, json.dumps(body).encode())), now_s)

    def pushed(self, kind: str, now_s: float, **data: str) -> tuple[Effect, ...]:
        return self.hears(Pushed({"kind": kind, "path": "hook", **data}), now_s)


def sent(effects: tuple[Effect, ...]) -> list[tuple[str, str, bool]]:
    return [(one.tag, one.request.path, one.poll) for one in effects if isinstance(one, Send)]


def test_it_logs_in_and_polls() -> None:
    follower = Follower()
    assert follower.first == ()
    assert sent(follower.hears(PollDue(), 0.0)) == [("login", "/login", False)]
    assert sent(follower.hears(Answered("login", Answer(200, b'{"session": "s"}')), 0.0)) == [("poll", "/poll", True)]
    assert sent(follower.hears(PollDue(), 0.0)) == [("poll", "/poll", True)]
    assert follower.hears(Unanswered("poll"), 0.0) == ()
    assert follower.hears(Answered("poll", Answer(403, b"")), 0.0) == ()
    assert sent(follower.hears(PollDue(), 0.0)) == [("login", "/login", False)]
    assert follower.hears(Answered("login", Answer(500, b"")), 0.0) == ()


def test_a_log_in_without_an_end_waits_for_the_next_poll() -> None:
    endless = [{"path": "/login", "session": "/s"}] * 6
    follower, asked = Follower(login=endless), 0
    follower.state = follower.state._replace(log_ins_left=LOG_IN_REQUESTS_MAX)
    effects = follower.hears(PollDue(), 0.0)
    while any(tag == "login" for tag, _, _ in sent(effects)):
        asked += 1
        follower.state = follower.state._replace(client=follower.state.client._replace(session=""))
        effects = follower.hears(Answered("login", Answer(200, b'{"s": "x"}')), 0.0)
        assert asked < 50
    assert asked == LOG_IN_REQUESTS_MAX


def test_it_shows_the_newest_reading_with_its_age() -> None:
    follower = Follower()
    assert follower.polled(None, 1000.0) == ()
    assert follower.polled(1000, 1010.0) == (ShowScreen("current", Reading(1000, 100)), SetTimer(1600.0))
    assert follower.polled(1000, 1020.0) == ()
    assert follower.polled(900, 1020.0) == ()
    assert follower.hears(TimerFired(), 1599.0) == (SetTimer(1600.0),)
    assert follower.hears(TimerFired(), 1600.0) == (ShowScreen("old", Reading(1000, 100)),)
    assert follower.hears(TimerFired(), 1601.0) == ()
    assert follower.polled(1100, 1900.0) == (ShowScreen("old", Reading(1100, 100)), SetTimer(None))


def test_the_speed_divides_what_it_keeps() -> None:
    follower = Follower(speed=60.0)
    assert follower.polled(1000, 1001.0) == (ShowScreen("current", Reading(1000, 100)), SetTimer(1010.0))


def test_an_alarm_stands_until_data_are_fresh() -> None:
    follower = Follower()
    follower.polled(1000, 1010.0)
    alarm = follower.pushed("no_data", 2300.0, measured_s="1000.0", taken_s="2299.5")
    assert alarm == (Noted("hook", "presented"), Present("alarm", "hook", 1000))
    assert follower.polled(1050, 2310.0) == (ShowScreen("old", Reading(1050, 100)), SetTimer(None))
    assert Dismiss("alarm") in follower.polled(2300, 2320.0)
    assert Dismiss("alarm") not in follower.polled(2600, 2620.0)


def test_a_clear_takes_down_what_stands() -> None:
    follower = Follower()
    follower.pushed("no_data", 2300.0, taken_s="2299.5")
    follower.pushed("notice", 2300.0, taken_s="2299.5")
    assert follower.pushed("clear", 2400.0) == (Noted("hook", "clear"), Dismiss("alarm"), Dismiss("notice"))
    assert follower.pushed("clear", 2400.0) == (Noted("hook", "clear"),)


def test_a_notice_stands_until_a_reading_that_was_measured_after_it() -> None:
    follower = Follower()
    assert follower.pushed("notice", 1000.0, taken_s="1000.0") == (
        Noted("hook", "presented"),
        Present("notice", "hook", None),
    )
    assert Dismiss("notice") not in follower.polled(990, 1001.0)
    assert Dismiss("notice") in follower.polled(1300, 1301.0)


def test_what_was_held_up_on_its_way_is_overtaken_by_what_is_shown() -> None:
    follower = Follower()
    follower.polled(3000, 3010.0)
    assert follower.pushed("no_data", 3020.0, taken_s="2300.0") == (Noted("hook", "overtaken"),)
    assert Present("alarm", "hook", None) in follower.pushed("no_data", 3020.0, taken_s="3019.0")
    assert follower.pushed("low", 3020.0, taken_s="3019.0") == (Noted("hook", "overtaken"),)


def test_a_reading_of_the_future_is_named() -> None:
    follower = Follower()
    with pytest.raises(AdapterError, match=r"`newest` of the adapter http returned a reading of the future.* 5,000 s"):
        follower.polled(6000, 1000.0)
    follower.polled(1030, 1000.0)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "path", "taken_s", "measured_s"]),
        st.sampled_from(["", "no_data", "notice", "clear", "nan", "inf", "1e400", "-1", "x", "7"]),
    )
)
def test_no_message_makes_it_raise(data: dict[str, str]) -> None:
    Follower().hears(Pushed(data), 1000.0)


def test_a_phone_whose_person_wants_no_alarm_shows_the_age_and_takes_down_what_was_sent_all_the_same() -> None:
    follower = Follower()
    off = replace(PHONE, no_data_after_us=0)
    follower.state, _ = follower.app.begin(off, password="secret", token="t", now_s=0.0)
    assert follower.polled(1000, 1030.0) == (ShowScreen("current", Reading(1000, 100)), SetTimer(1600.0))
    assert Present("alarm", "hook", None) in follower.pushed("no_data", 9000.0)
    assert Dismiss("alarm") in follower.polled(9030, 9040.0)


def test_a_copy_of_a_message_and_one_that_a_later_one_overtook_are_presented_by_nobody() -> None:
    follower = Follower()
    follower.polled(1000, 1010.0)
    assert Present("alarm", "hook", None) in follower.pushed("no_data", 2300.0, taken_s="2299.5")
    for taken_s in ("2299.5", "2290.0"):
        assert follower.pushed("no_data", 2330.0, taken_s=taken_s) == (Noted("hook", "overtaken"),)
    assert Dismiss("alarm") in follower.pushed("clear", 2400.0, taken_s="2400.0")
    assert follower.pushed("no_data", 2401.0, taken_s="2299.5") == (Noted("hook", "overtaken"),)
    assert Present("alarm", "hook", None) in follower.pushed("no_data", 3500.0, taken_s="3500.0")
    assert follower.pushed("clear", 3501.0, taken_s="2400.0") == (Noted("hook", "overtaken"),)


def test_an_alarm_that_comes_late_is_overtaken_by_a_young_reading_polled_since() -> None:
    follower = Follower()
    follower.polled(1000, 1010.0)
    follower.polled(2250, 2310.0)
    assert follower.pushed("no_data", 2360.0, taken_s="2300.0") == (Noted("hook", "overtaken"),)
    assert Present("alarm", "hook", None) in follower.pushed("no_data", 3460.0, taken_s="2300.5"), "it is blind again"
