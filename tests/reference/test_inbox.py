"""The inbox: in which order it gives readings out, and what it takes for the same reading."""

from __future__ import annotations

import asyncio

import pytest

from deadair.reference.storage.inbox import AHEAD, BACKFILL, EVENT, FRESH, READING, Inbox, Waiting
from deadair.reference.storage.sqlite_store import SqliteStore
from tests.reference.fake_env import FakeEnv


def reading(lane: int, measured_s: int, *, patient: int = 1, value_mg_dl: int = 100, kind: int = READING) -> Waiting:
    return Waiting(lane, patient, measured_s, value_mg_dl, 4, 0.0, kind)


def test_fresh_readings_come_first_and_of_each_lane_the_newest(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(BACKFILL, 20), reading(FRESH, 300), reading(BACKFILL, 10), reading(FRESH, 600)])
    assert [one.measured_s for one in inbox.next(3)] == [600, 300, 20]


def test_what_is_taken_next_lies_together(env: FakeEnv) -> None:
    Inbox(env)
    plan = env.database("inbox").execute(
        "EXPLAIN QUERY PLAN SELECT * FROM inbox ORDER BY lane, measured_s DESC, patient, kind LIMIT 500"
    )
    assert [row[3] for row in plan] == ["SCAN inbox"]


def test_a_reading_that_waits_already_has_its_last_value_from_now_on(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(FRESH, 300, value_mg_dl=100)])
    inbox.append([reading(FRESH, 300, value_mg_dl=200), reading(FRESH, 300, value_mg_dl=150)])
    assert [one.value_mg_dl for one in inbox.next(9)] == [150]


@pytest.mark.parametrize("first", [FRESH, BACKFILL])
@pytest.mark.parametrize("then", [FRESH, BACKFILL])
def test_it_waits_once_with_its_last_value_whichever_lanes_it_came_in_and_as_a_fresh_one_if_it_ever_was(
    env: FakeEnv, first: int, then: int
) -> None:
    """Handed in while it was fresh, and once more with others when it no longer was."""
    inbox = Inbox(env)
    inbox.append([reading(first, 300, value_mg_dl=100), reading(BACKFILL, 900)])
    inbox.append([reading(then, 300, value_mg_dl=200)])
    place = min(first, then)
    assert [one for one in inbox.next(9) if one.measured_s == 300] == [reading(place, 300, value_mg_dl=200)]
    assert inbox.waiting(reading(1 - place, 300)) == (200, 4)


def test_kinds_patients_and_moments_are_kept_apart(env: FakeEnv) -> None:
    inbox = Inbox(env)
    apart = [reading(FRESH, 300), reading(FRESH, 301), reading(FRESH, 300, patient=2)]
    apart += [reading(lane, 300, value_mg_dl=5 + kind, kind=kind) for lane, kind in ((BACKFILL, AHEAD), (FRESH, EVENT))]
    inbox.append(apart)
    assert sorted(inbox.next(9)) == sorted(apart)
    assert [inbox.waiting(one) for one in apart] == [(one.value_mg_dl, 4) for one in apart]
    assert inbox.waiting(reading(FRESH, 302)) is None


def test_what_was_given_another_value_while_it_was_stored_is_not_forgotten(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(FRESH, 300, value_mg_dl=100), reading(FRESH, 600)])
    taken = inbox.next(9)
    inbox.append([reading(FRESH, 300, value_mg_dl=200)])
    inbox.remove(taken)
    assert [(one.measured_s, one.value_mg_dl) for one in inbox.next(9)] == [(300, 200)]
    inbox.remove(inbox.next(9))
    assert inbox.count() == 0


def test_only_readings_are_lows(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([reading(FRESH, 300, value_mg_dl=50), reading(FRESH, 301, value_mg_dl=10, kind=EVENT)])
    assert inbox.fresh_lows(0.0) == [(1, 300, 50)]


def test_a_sound_inbox_is_called_sound(env: FakeEnv) -> None:
    """With its key's columns behind others, SQLite 3.40 takes a sound table for a damaged one."""
    Inbox(env).append([reading(FRESH, 300)])
    assert env.database("inbox").execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# --- the store ------------------------------------------------------------------------------------------------------


def test_a_stored_value_is_replaced_by_a_later_one_and_the_store_knows_by_value(env: FakeEnv) -> None:
    store = SqliteStore(env)
    asyncio.run(store.put([reading(FRESH, 300, value_mg_dl=100), reading(FRESH, 300, value_mg_dl=5, kind=EVENT)]))
    asyncio.run(store.put([reading(FRESH, 300, value_mg_dl=50)]))
    assert asyncio.run(store.latest(1, since_s=0.0, most=9)) == [(300, 50, 4)]
    assert sorted(asyncio.run(store.every(1))) == [(300, 5), (300, 50)]
    assert asyncio.run(
        store.holds([reading(BACKFILL, 300, value_mg_dl=50), reading(FRESH, 300, value_mg_dl=5, kind=EVENT)])
    )
    assert not asyncio.run(store.holds([reading(FRESH, 300, value_mg_dl=100)]))
    assert asyncio.run(store.fresh_lows(0.0)) == [(1, 300, 50)]


def test_killed_between_storing_and_forgetting_an_old_value_does_not_come_back(env: FakeEnv) -> None:
    """Stored, killed before it was forgotten, corrected, and stored by the next life."""
    inbox, store = Inbox(env), SqliteStore(env)
    inbox.append([reading(BACKFILL, 300, value_mg_dl=100)])
    asyncio.run(store.put(inbox.next(9)))
    inbox.append([reading(FRESH, 300, value_mg_dl=50)])
    for _ in range(2):
        batch = inbox.next(9)
        asyncio.run(store.put(batch))
        inbox.remove(batch)
    assert (inbox.count(), asyncio.run(store.every(1))) == (0, [(300, 50)])
