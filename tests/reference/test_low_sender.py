"""Fresh urgent-low readings are told to the watchdog at least once, whenever the gateway dies; others are not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox
from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.reference.storage.store import StoreUnreachable
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

SETTINGS = Settings(push_retry_s=0.001, account_requests_per_s=None)
LINK = "gateway→watchdog"


@pytest.fixture
def service(env: FakeEnv) -> Service:
    return Service(env, SETTINGS)


def lows(env: FakeEnv) -> list[Any]:
    """Return what the watchdog was told of lows, one list a request."""
    return [json.loads(body) for _, path, body in env.posts if path == "/lows"]


Story = Iterator[Callable[[], bool]]


def play(service: Service, story: Story) -> None:
    """Let the gateway do its own work until each of the story's conditions has held, one after the other."""

    async def scene() -> None:
        working = asyncio.create_task(service.gateway.run())
        async with asyncio.timeout(5):
            for done in story:
                while not done():
                    await asyncio.sleep(0.001)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(scene())


def silent(env: FakeEnv) -> Callable[[], bool]:
    """Return a condition that holds once nothing was sent for a number of looks."""
    counts: list[int] = []

    def done() -> bool:
        counts.append(len(env.posts))
        return len(counts) > 30 and len(set(counts[-30:])) == 1

    return done


def told(env: FakeEnv) -> list[Any]:
    """Return every low the watchdog was told of."""
    return sorted((low["measured_s"], low["value"]) for batch in lows(env) for low in batch)


def test_only_what_is_low_and_fresh_is_told(service: Service, env: FakeEnv) -> None:
    device, now = service.login("patient", "p"), int(env.now())
    service.upload(device, now - 600, now - 1, value=55)
    service.upload(device, now - 2, value=56)
    service.upload(device, now - 601, value=40)
    service.upload(device, now + 301, value=40)
    service.upload(device, now - 3, now - 4000, value=39)
    play(service, iter([silent(env)]))
    assert told(env) == [(now - 600, 55), (now - 3, 39), (now - 1, 55)]
    assert set(lows(env)[0][0]) == {"patient", "measured_s", "value"}


@pytest.mark.parametrize("stored", [False, True])
def test_a_low_that_was_acknowledged_before_the_gateway_died_is_told_by_its_next_life(
    service: Service, env: FakeEnv, stored: bool
) -> None:
    device, now = service.login("patient", "p"), int(env.now())
    service.upload(device, now - 5, value=50)
    service.upload(device, now - 4, now - 900, value=120)
    service.upload(device, now - 800, value=45)
    service.upload(device, now + 4000, value=45)
    if stored:
        service.store_all()
    service.begin()
    play(service, iter([silent(env)]))
    assert told(env) == [(now - 5, 50)]
    env.now_s += 600
    env.posts.clear()
    service.begin()
    play(service, iter([silent(env)]))
    assert told(env) == []


def test_a_low_is_told_until_the_watchdog_hears_it(service: Service, env: FakeEnv) -> None:
    service.upload(service.login("patient", "p"), int(env.now()), value=50)

    def story() -> Story:
        env.answers[LINK] = None
        yield lambda: len(lows(env)) > 3
        env.answers[LINK] = 200
        env.posts.clear()
        yield silent(env)

    play(service, story())
    assert told(env) == [(int(env.now()), 50)]


def test_a_low_that_nobody_heard_in_time_is_dropped(service: Service, env: FakeEnv) -> None:
    service.upload(service.login("patient", "p"), int(env.now()), value=50)

    def story() -> Story:
        env.answers[LINK] = None
        yield lambda: bool(lows(env))
        env.now_s += 601
        yield lambda: not service.gateway._lows._waiting
        env.answers[LINK] = 200
        env.posts.clear()
        yield silent(env)

    play(service, story())
    assert told(env) == []


def test_a_gateway_whose_database_fails_at_its_start_tells_of_lows_later(
    service: Service, env: FakeEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.upload(service.login("patient", "p"), int(env.now()), value=50)
    service.begin()
    refusals = [StoreUnreachable("database is locked")] * 3
    found = SqliteStore.fresh_lows

    async def failing(store: SqliteStore, since_s: float) -> list[tuple[int, int, int]]:
        if refusals:
            raise refusals.pop()
        return await found(store, since_s)

    monkeypatch.setattr(SqliteStore, "fresh_lows", failing)
    play(service, iter([lambda: not refusals and bool(lows(env))]))


def test_the_lows_of_the_last_minutes_are_found_without_reading_everything(env: FakeEnv) -> None:
    Inbox(env), SqliteStore(env)
    plans = [
        env.database(name).execute(f"EXPLAIN QUERY PLAN {query}").fetchall()[0][3]
        for name, query in (
            (
                "inbox",
                "SELECT patient, measured_s, value FROM inbox WHERE lane=0 AND measured_s>=1 AND kind=0 AND value<=55",
            ),
            ("store", "SELECT patient, measured_s, value FROM reading WHERE kind=0 AND value<=55 AND measured_s>=1"),
        )
    ]
    assert plans[0].startswith("SEARCH inbox USING PRIMARY KEY (lane=? AND measured_s>")
    assert plans[1].startswith("SEARCH reading USING INDEX reading_low ")
