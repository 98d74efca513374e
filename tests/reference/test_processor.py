"""A store that fails keeps readings waiting, and loses none of them."""

from __future__ import annotations

import asyncio

from deadair.reference.nodes.processor import Processor
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import FRESH, Inbox, Waiting
from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.reference.storage.store import Store, StoreUnreachable
from tests.reference.fake_env import FakeEnv


class Failing:
    """A store that is full for its first tries."""

    def __init__(self, store: Store, fails: int) -> None:
        self._store = store
        self.fails = fails

    async def put(self, readings: list[Waiting]) -> None:
        self.fails -= 1
        if self.fails >= 0:
            raise StoreUnreachable("database or disk is full")
        await self._store.put(readings)


def processed(env: FakeEnv, settings: Settings, *, fails: int) -> Processor:
    """Let a processor work until its inbox is empty, within a limit."""
    inbox = Inbox(env)
    inbox.append([Waiting(FRESH, 1, 300 * number, 100, 4, 1.0) for number in range(10)])
    processor = Processor(env, settings)
    processor._store = Failing(processor._store, fails)  # type: ignore[assignment]

    async def until_empty() -> None:
        work = asyncio.create_task(processor.run())
        async with asyncio.timeout(10.0):
            while inbox.count():
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
        work.cancel()

    asyncio.run(until_empty())
    return processor


def test_what_could_not_be_stored_is_stored_when_it_can_be(env: FakeEnv) -> None:
    processed(env, Settings(drain_every_s=0.001), fails=3)
    assert len(asyncio.run(SqliteStore(env).latest(1, since_s=0, most=100))) == 10
    assert env.reported == [("storing", "database or disk is full"), ("storing", "")]


def test_a_try_that_failed_takes_no_capacity(env: FakeEnv) -> None:
    settings = Settings(drain_every_s=0.001, store_rows_per_s=1.0, capacity_burst_s=20.0)
    assert processed(env, settings, fails=5).room() == 10


def test_a_processor_that_slept_through_another_ones_work_removes_nothing_new(env: FakeEnv) -> None:
    inbox = Inbox(env)
    inbox.append([Waiting(FRESH, 1, 100, 90, 4, 100.0)])
    asleep = inbox.next(10)
    inbox.remove(inbox.next(10))
    inbox.append([Waiting(FRESH, 1, 400, 90, 4, 400.0)])
    inbox.remove(asleep)
    assert [one.measured_s for one in inbox.next(10)] == [400]
