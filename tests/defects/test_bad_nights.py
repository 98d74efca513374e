"""The planted parts that are bad only at length, in number or at some hour: each in the one way its name says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.defects.breaker_stays_open import BreakerStaysOpen
from deadair.reference.defects.first_five_followers import FirstFiveFollowers
from deadair.reference.defects.keeps_recent_only import BooksOfTheRecent
from deadair.reference.defects.long_gap_is_no_news import LongGapIsNoNews
from deadair.reference.defects.old_session_again import BooksOfSessionsAgain
from deadair.reference.defects.one_alarm_a_second import OneAlarmASecond
from deadair.reference.defects.quiet_at_night import QuietAtNight
from deadair.reference.defects.reckons_in_local_time import ReckonsInLocalTime
from deadair.reference.http.admission import Urgency
from deadair.reference.http.request_guard import Books
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import FRESH, Inbox, Waiting
from tests.reference.evidence_entries import T_S, entry, outbox, tell
from tests.reference.fake_env import FakeEnv

SETTINGS = Settings()
HOUR_S = 3600.0
MIDNIGHT_S = 1_575_100_800.0
"""On the west coast, when 2019-11-30 began there."""
CLOCKS_GO_BACK_S = 1_572_760_800.0
"""In New York, on 2019-11-03 at two."""


def told(env: FakeEnv, dog: Watchdog) -> list[int]:
    """Return whom it tells now. It is delivered."""
    dog._decide_due()
    pushes = outbox(env)
    for push in pushes:
        Alarms(env).settle(push)
    return sorted(push.follow for push in pushes)


def blind(env: FakeEnv, dog: Watchdog, *follows: int) -> None:
    tell(dog, *(entry(follow=follow, confirmed_s=env.now_s) for follow in follows))
    env.now_s += T_S


def test_a_gap_of_more_than_six_hours_is_told_no_more(env: FakeEnv) -> None:
    for kind, after_six in ((Watchdog, [1]), (LongGapIsNoNews, [])):
        dog = kind(env, SETTINGS)
        blind(env, dog, 1)
        for _ in range(6):
            assert told(env, dog) == [1]
            env.now_s += HOUR_S
        assert told(env, dog) == [1]
        env.now_s += HOUR_S
        assert told(env, dog) == after_six


def test_the_sixth_follower_of_a_child_is_told_nothing_ever(env: FakeEnv) -> None:
    dog = FirstFiveFollowers(env, SETTINGS)
    blind(env, dog, *range(1, 8))
    first = told(env, dog)
    assert len(first) == 5
    env.now_s += HOUR_S
    assert told(env, dog) == first


def test_alarms_that_are_due_together_come_a_second_apart(env: FakeEnv) -> None:
    dog = OneAlarmASecond(env, SETTINGS)
    blind(env, dog, 1, 2, 3)
    found = []
    for _ in range(3):
        found.append(told(env, dog))
        env.now_s += 1
    assert [len(each) for each in found] == [1, 1, 1]
    assert sorted(follow for each in found for follow in each) == [1, 2, 3]


@pytest.mark.parametrize(("hour", "follows"), [(0.9, [1]), (1.0, []), (5.9, []), (6.0, [1]), (23.0, [1])])
def test_alarms_wait_from_one_to_six_at_night(env: FakeEnv, hour: float, follows: list[int]) -> None:
    dog = QuietAtNight(env, SETTINGS)
    env.now_s = MIDNIGHT_S + hour * HOUR_S - T_S
    blind(env, dog, 1)
    assert told(env, dog) == follows
    if not follows:
        env.now_s = MIDNIGHT_S + 6 * HOUR_S
        assert told(env, dog) == [1]


def test_what_comes_in_more_than_three_hours_late_is_thrown_away(env: FakeEnv) -> None:
    def reading(late_s: int) -> Waiting:
        return Waiting(FRESH, 1, 50_000 - late_s, 100, 4, 50_000.0)

    BooksOfTheRecent(env, SETTINGS).inbox.append([reading(0), reading(10_800), reading(10_801)])
    assert sorted(one.measured_s for one in Inbox(env).next(10)) == [39_200, 50_000]


def test_a_follower_gets_the_old_session_for_half_a_day_and_a_device_a_new_one(env: FakeEnv) -> None:
    follower, device, day_s = 1, 2, SETTINGS.session_lifetime_s

    def begin(books: Books, account: int) -> str:
        return asyncio.run(books.sessions.begin(account))

    books = BooksOfSessionsAgain(env, SETTINGS)
    books.follows.watch_reader(follower, device, NoDataAlert(T_S))
    first = {account: begin(books, account) for account in (follower, device)}
    env.now_s += 1.4 * day_s
    assert begin(books, follower) == first[follower]
    assert begin(books, device) != first[device]
    env.now_s += 0.1 * day_s
    assert begin(books, follower) != first[follower]


def test_after_one_refused_poll_all_polls_are_refused_for_a_quarter_of_an_hour() -> None:
    settings = replace(SETTINGS, gateway_requests_per_s=1.0, capacity_burst_s=2.0)
    gate = BreakerStaysOpen(settings, 0.0)

    def taken(at_s: float, kind: Urgency = Urgency.POLL) -> bool:
        return asyncio.run(gate.enter("1", kind, at_s)) is None

    assert [taken(0.0), taken(0.0)] == [True, False]
    assert not taken(899.0)
    assert taken(899.0, Urgency.FRESH_UPLOAD), "a reading is taken in"
    assert taken(900.0)


@pytest.mark.parametrize(("zone", "late_s"), [("UTC", 0.0), ("America/New_York", HOUR_S)])
def test_who_goes_blind_across_the_end_of_summer_time_is_told_an_hour_late(
    env: FakeEnv, monkeypatch: pytest.MonkeyPatch, zone: str, late_s: float
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        env.now_s = CLOCKS_GO_BACK_S - T_S / 2
        dog = ReckonsInLocalTime(env, SETTINGS)
        blind(env, dog, 1)
        if late_s:
            assert told(env, dog) == []
            env.now_s += late_s - 1
            assert told(env, dog) == []
            env.now_s += 1 + SETTINGS.heartbeat_every_s
        assert told(env, dog) == [1]
    finally:
        monkeypatch.undo()
        time.tzset()
