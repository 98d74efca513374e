"""What is older than it may be is removed in small parts, and never before a reading that waits."""

from __future__ import annotations

import asyncio

from deadair.reference.accounts.sessions import Sessions
from deadair.reference.nodes.processor import Processor
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import AHEAD, EVENT, FRESH, READING, Inbox, Waiting
from deadair.reference.storage.retention import PART_ROWS_MAX, REST_S, Retention
from deadair.reference.storage.sqlite_store import SqliteStore
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

KEPT_S = 1000.0


def old(patient: int, number: int, kind: int = READING) -> list[Waiting]:
    return [Waiting(FRESH, patient, measured_s, 100, 4, 1.0, kind) for measured_s in range(1, number + 1)]


def left(store: SqliteStore, *patients: int) -> list[int]:
    return [len(asyncio.run(store.every(patient))) for patient in patients]


def test_a_part_is_small_and_the_next_one_goes_on_where_it_ended(env: FakeEnv) -> None:
    store, retention = SqliteStore(env), Retention(KEPT_S)
    asyncio.run(store.put(old(1, PART_ROWS_MAX + 10) + old(7, 5)))
    now_s = KEPT_S + 10_000.0
    assert asyncio.run(retention.forget_part(store, now_s))
    assert left(store, 1, 7) == [10, 5]
    assert [asyncio.run(retention.forget_part(store, now_s)) for _ in range(3)] == [True, True, False]
    assert left(store, 1, 7) == [0, 0]


def test_only_what_is_too_old_goes_of_whatever_kind(env: FakeEnv) -> None:
    store = SqliteStore(env)
    kinds = (READING, AHEAD, EVENT)
    asyncio.run(store.put([one for kind in kinds for one in old(1, 10, kind)]))
    assert asyncio.run(store.forget(6.0, after=0, most=100)) == (1, 15)
    assert left(store, 1) == [15]
    assert asyncio.run(store.forget(6.0, after=1, most=100)) is None


def test_between_two_passes_there_is_a_rest(env: FakeEnv) -> None:
    store, retention = SqliteStore(env), Retention(KEPT_S)
    assert not asyncio.run(retention.forget_part(store, 10_000.0))
    asyncio.run(store.put(old(1, 1)))
    assert not asyncio.run(retention.forget_part(store, 10_000.0 + REST_S - 1.0))
    assert asyncio.run(retention.forget_part(store, 10_000.0 + REST_S))
    assert left(store, 1) == [0]


def test_a_clock_that_is_set_back_does_not_stop_it(env: FakeEnv) -> None:
    store, retention = SqliteStore(env), Retention(KEPT_S)
    assert not asyncio.run(retention.forget_part(store, 1e9))
    asyncio.run(store.put(old(1, 1)))
    assert asyncio.run(retention.forget_part(store, 10_000.0))


def test_all_is_kept_where_nothing_else_is_asked_for(env: FakeEnv) -> None:
    store = SqliteStore(env)
    asyncio.run(store.put(old(1, 3)))
    assert not asyncio.run(Retention(None).forget_part(store, 1e9))
    assert left(store, 1) == [3]


def test_a_processor_removes_when_nothing_waits_and_not_before(virtual: VirtualEnv) -> None:
    store, inbox = SqliteStore(virtual), Inbox(virtual)
    virtual.loop.run_until_complete(store.put(old(1, 20 * PART_ROWS_MAX)))
    settings = Settings(readings_kept_s=KEPT_S, store_rows_per_s=10.0, capacity_burst_s=1.0)
    fresh = [Waiting(FRESH, 2, int(virtual.now()) + number, 100, 4, virtual.now()) for number in range(100)]
    inbox.append(fresh)
    virtual.start(Processor(virtual, settings).run())
    virtual.wait(5)
    assert inbox.count() > 0

    def stored(patient: int) -> int:
        return len(virtual.loop.run_until_complete(store.every(patient)))

    assert stored(1) == 20 * PART_ROWS_MAX, "readings wait, and old ones are removed"
    virtual.wait(120)
    assert (inbox.count(), stored(2), stored(1)) == (0, 100, 0)


def test_sessions_that_ended_long_ago_go_a_few_at_a_time(env: FakeEnv) -> None:
    settings = Settings(sessions_per_account_max=1000)
    sessions = Sessions(env, settings)
    first = [asyncio.run(sessions.begin(1)) for _ in range(3)]
    env.now_s += settings.session_lifetime_s + 1.0
    asyncio.run(sessions.begin(1))
    assert all(one in sessions._sessions for one in first), "their clients have yet to hear that they are over"
    env.now_s += settings.session_lifetime_s
    last = asyncio.run(sessions.begin(1))
    assert not any(one in sessions._sessions for one in first)
    assert last in Sessions(env, settings)._sessions
    assert len(Sessions(env, settings)._sessions) == 2
