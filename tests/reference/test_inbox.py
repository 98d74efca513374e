"""The inbox: in which order it gives readings out, and what it takes for the same reading."""

from __future__ import annotations

import asyncio

from deadair.reference.storage.inbox import BACKFILL, FRESH, Inbox, Waiting
from deadair.reference.storage.sqlite_store import SqliteStore
from tests.reference.fake_env import FakeEnv


def reading(lane: int, measured_s: int, *, patient: int = 1, value_mg_dl: int = 100, ahead: bool = False) -> Waiting:
    return Waiting(lane, patient, measured_s, value_mg_dl, 4, 0.0, ahead)


def test_fresh_readings_come_first_and_of_each_lane_the_newest(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(BACKFILL, 20), reading(FRESH, 300), reading(BACKFILL, 10), reading(FRESH, 600)])
    assert [one.measured_s for one in inbox.next(3)] == [600, 300, 20]


def test_what_is_taken_next_lies_together(env: FakeEnv) -> None:
    Inbox(env)
    plan = env.database("inbox").execute(
        "EXPLAIN QUERY PLAN SELECT * FROM inbox ORDER BY lane, measured_s DESC, patient, ahead LIMIT 500"
    )
    assert [row[3] for row in plan] == ["SCAN inbox"]


def test_a_reading_that_waits_already_keeps_its_first_value(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(FRESH, 300, value_mg_dl=100)])
    inbox.append([reading(FRESH, 300, value_mg_dl=200)])
    assert [one.value_mg_dl for one in inbox.next(9)] == [100]


def test_a_reading_is_known_whichever_lane_it_waits_in_and_stored_once_from_both(env: FakeEnv) -> None:
    """Handed in while it was fresh, and once more with others when it no longer was."""
    inbox, store = Inbox(env), SqliteStore(env)
    inbox.append([reading(FRESH, 300)])
    assert inbox.holds(reading(BACKFILL, 300))
    assert not inbox.holds(reading(BACKFILL, 300, ahead=True))
    assert not inbox.holds(reading(BACKFILL, 300, patient=2))
    inbox.append([reading(BACKFILL, 300)])
    both = inbox.next(9)
    asyncio.run(store.put(both))
    inbox.remove(both)
    assert (inbox.count(), asyncio.run(store.every(1))) == (0, [(300, 100)])
