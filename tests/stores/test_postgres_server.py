"""A PostgreSQL server that hangs, is killed, comes late, is slow: nobody waits longer than he would for any node."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import FRESH, Waiting
from deadair.reference.storage.store import Store, StoreUnreachable
from tests.stores.opened_store import LINK, opened
from tests.stores.slow_way import slow_way
from tools.running_postgres import PASSWORD, RunningPostgres

pytestmark = pytest.mark.live

LIMIT_S = 1.0
LATE_S = 0.5
"""What a test's own machine may add to a limit."""
AGAIN_LIMIT_S = 10.0
READING = Waiting(FRESH, 1, 300, 100, 4, 1.0)


@pytest.fixture
def server(postgres: RunningPostgres) -> Iterator[RunningPostgres]:
    """A server without tables, which runs at the end whatever a test did to it."""
    postgres.empty()
    yield postgres
    assert postgres.process is not None
    postgres.process.resume()
    if not postgres.process.alive():
        postgres.start()


def settings(server: RunningPostgres, **more: object) -> Settings:
    return Settings(store_url=server.url, request_timeout_s=LIMIT_S, push_retry_s=0.2, **more)  # type: ignore[arg-type]


def now_s() -> float:
    return asyncio.get_running_loop().time()


@contextlib.asynccontextmanager
async def punctual_loop() -> AsyncIterator[None]:
    """See that nothing holds up the loop meanwhile."""
    late: list[float] = []

    async def look() -> None:
        while True:
            began_s = now_s()
            await asyncio.sleep(0.01)
            late.append(now_s() - began_s - 0.01)

    looking = asyncio.create_task(look())
    yield
    looking.cancel()
    assert max(late) < LATE_S, f"the loop stood still for {max(late):.2f} s"


async def refused(store: Store) -> tuple[str, float]:
    """Return why the store is not reached, and how long it took to find out."""
    began_s = now_s()
    with pytest.raises(StoreUnreachable) as error:
        await store.latest(1, since_s=0.0, most=1)
    return str(error.value), now_s() - began_s


async def answers_again(store: Store) -> list[tuple[int, int]]:
    """Return what is stored, as soon as the store says it."""
    async with asyncio.timeout(AGAIN_LIMIT_S):
        while True:
            with contextlib.suppress(StoreUnreachable):
                return await store.every(1)
            await asyncio.sleep(0.05)


async def ready(env: LiveEnv) -> None:
    async with asyncio.timeout(AGAIN_LIMIT_S):
        while why_not(env):
            await asyncio.sleep(0.05)


def why_not(env: LiveEnv) -> str:
    """Return what ``/readyz`` would say now."""
    assert env._remote is not None
    env._remote.look()
    return env.trouble()


def test_who_asks_a_server_that_hangs_is_refused_in_time_and_all_others_at_once(
    server: RunningPostgres, data: Path
) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, env), punctual_loop():
            await store.put([READING])
            assert server.process is not None
            server.process.pause()
            several = await asyncio.gather(*(refused(store) for _ in range(20)))
            assert {why for why, _ in several} == {"no answer within 1 s"}
            assert max(took_s for _, took_s in several) < LIMIT_S + LATE_S
            assert (await refused(store))[1] < 0.05
            assert not await store.holds([READING])
            assert why_not(env) == "store: no answer within 1 s"
            await asyncio.sleep(2.5 * LIMIT_S)  # it is tried again meanwhile, in vain
            assert (await refused(store))[1] < 0.05
            server.process.resume()
            assert await answers_again(store) == [(300, 100)]
            await ready(env)

    asyncio.run(story())


def test_an_upload_waits_for_a_server_that_hangs_a_quarter_as_long(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
            assert server.process is not None
            server.process.pause()
            began_s = now_s()
            assert not await store.holds([READING])
            assert now_s() - began_s < LIMIT_S / 4 + LATE_S / 2

    asyncio.run(story())


def test_a_server_that_hangs_from_the_beginning_is_found_out_and_then_found(
    server: RunningPostgres, data: Path
) -> None:
    async def story() -> None:
        assert server.process is not None
        server.process.pause()
        async with opened(data, settings(server)) as (store, env), punctual_loop():
            assert why_not(env) == "store: it has not answered yet"
            await asyncio.sleep(2 * LIMIT_S + LATE_S)
            assert why_not(env) == "store: no connection within 2 s"
            server.process.resume()
            await ready(env)
            assert await store.every(1) == []

    asyncio.run(story())


def test_a_node_ends_in_time_while_its_server_hangs(server: RunningPostgres, data: Path) -> None:
    async def story() -> float:
        assert server.process is not None
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
            server.process.pause()
            asking = [asyncio.create_task(store.every(1)) for _ in range(3)]
            await asyncio.sleep(0.1)
            began_s = now_s()
        took_s = now_s() - began_s
        await asyncio.gather(*asking, return_exceptions=True)
        return took_s

    assert asyncio.run(story()) < LATE_S


def test_what_was_stored_outlives_a_kill_of_the_server(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, env), punctual_loop():
            await store.put([READING])
            server.kill()
            why, took_s = await refused(store)
            assert took_s < LATE_S
            assert "refused" in why or "closed" in why
            assert why_not(env).startswith("store: ")
            await asyncio.to_thread(server.start)
            assert await answers_again(store) == [(300, 100)]
            await ready(env)

    asyncio.run(story())


def test_that_a_server_is_gone_is_seen_though_nobody_asks_it(server: RunningPostgres, data: Path) -> None:
    said: list[object] = []

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        seldom = Settings(store_url=server.url, request_timeout_s=60.0)
        async with opened(data, seldom) as (store, env):
            await store.put([READING])
            server.kill()
            async with asyncio.timeout(AGAIN_LIMIT_S):
                while not why_not(env):
                    await asyncio.sleep(0.01)
            assert "Connection refused" in why_not(env)
            gc.collect()

    asyncio.run(story())
    assert said == [], "the log is told of an error that is none"


def test_a_server_may_come_after_the_node(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        server.kill()
        async with opened(data, settings(server)) as (store, env):
            why, took_s = await refused(store)
            assert "Connection refused" in why
            assert took_s < LATE_S
            assert "Connection refused" in why_not(env)
            await asyncio.to_thread(server.start)
            await ready(env)
            await store.put([READING])
            assert await store.every(1) == [(300, 100)]

    asyncio.run(story())


def test_a_connection_that_the_server_ended_costs_nobody_an_answer(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
            server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()")
            assert await store.every(1) == [(300, 100)]

    asyncio.run(story())


def test_a_server_that_is_slow_is_asked_by_many_at_once(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
        async with slow_way(server.address, late_s=0.05) as dialled:
            slow = settings(server, routes={LINK: dialled})
            async with opened(data, slow) as (store, env), punctual_loop():
                began_s = now_s()
                found = await asyncio.gather(*(store.every(1) for _ in range(16)))
                assert now_s() - began_s >= 0.05, "the way that was configured was not taken"
                assert found == [[(300, 100)]] * 16
                assert why_not(env) == ""

    asyncio.run(story())


def test_tables_that_a_later_build_made_are_not_touched(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, env):
            why, _ = await refused(store)
            assert why == "its tables have the format 99, this build knows up to 1: run the build that made them"
            assert why_not(env).endswith(why)

    server.do("CREATE TABLE store_format (number integer PRIMARY KEY)", "INSERT INTO store_format VALUES (99)")
    asyncio.run(story())


def test_a_server_whose_every_answer_takes_nearly_half_the_limit_is_reached_again(
    server: RunningPostgres, data: Path
) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
        async with slow_way(server.address, late_s=0.3 * LIMIT_S) as dialled:
            slow = settings(server, routes={LINK: dialled})
            async with opened(data, slow) as (store, env):
                await ready(env)
                assert await store.every(1) == [(300, 100)]

    asyncio.run(story())


def test_a_server_that_was_made_anew_gets_its_tables(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING])
            server.empty()
            await refused(store)
            assert await answers_again(store) == []

    asyncio.run(story())


def test_nodes_that_begin_together_make_the_tables_once(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with contextlib.AsyncExitStack() as nodes:
            stores = [(await nodes.enter_async_context(opened(data, settings(server))))[0] for _ in range(6)]
            await asyncio.gather(*(store.put([READING]) for store in stores))
            assert await stores[0].every(1) == [(300, 100)]

    asyncio.run(story())


def test_a_statement_that_hung_and_comes_late_puts_no_old_value_in_the_place_of_a_new_one(
    server: RunningPostgres, data: Path
) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, _):
            await store.put([READING._replace(value_mg_dl=45, arrived_s=2.0)])
            await store.put([READING])
            assert await store.every(1) == [(300, 45)]
            await store.put([READING._replace(value_mg_dl=46, arrived_s=3.0)])
            assert await store.every(1) == [(300, 46)]

    asyncio.run(story())


def test_a_statement_that_fails_is_no_sign_that_the_server_is_gone(server: RunningPostgres, data: Path) -> None:
    async def story() -> None:
        async with opened(data, settings(server)) as (store, env):
            await store.put([READING])
            server.do("ALTER TABLE reading RENAME TO elsewhere")
            why, _ = await refused(store)
            assert why == 'relation "reading" does not exist'
            assert why_not(env) == ""
            server.do("ALTER TABLE elsewhere RENAME TO reading")
            assert await store.every(1) == [(300, 100)]

    asyncio.run(story())


def test_no_message_shows_the_password(server: RunningPostgres, data: Path) -> None:
    async def story(url: str) -> str:
        async with opened(data, Settings(store_url=url, request_timeout_s=LIMIT_S)) as (store, _):
            return (await refused(store))[0]

    wrong = server.url.replace(PASSWORD, "0ther-password")
    why = asyncio.run(story(wrong))
    assert "password authentication failed" in why
    assert "0ther" not in why
    assert PASSWORD not in repr(settings(server))


def test_every_commit_is_durable(server: RunningPostgres, data: Path) -> None:
    server.do("ALTER DATABASE postgres SET synchronous_commit = off")
    try:

        async def story() -> None:
            async with opened(data, settings(server)) as (store, _):
                await store.put([READING])
                remote = store._remote  # type: ignore[attr-defined]
                assert await remote.ask("SHOW synchronous_commit") == [("on",)]

        asyncio.run(story())
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    finally:
        server.do("ALTER DATABASE postgres RESET synchronous_commit")
