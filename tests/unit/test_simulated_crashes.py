"""What crashes on the loop is taken down once, by its name; what somebody awaited or cancelled is no crash."""

from __future__ import annotations

import asyncio

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.simulated_process import Process


async def fail(after_s: float) -> None:
    await asyncio.sleep(after_s)
    raise ValueError("planted")


def test_a_crashed_callback_is_taken_down(loop: VirtualLoop) -> None:
    def planted() -> None:
        raise ValueError

    loop.call_soon(planted)
    loop.run_until_complete(asyncio.sleep(1.0))
    (crash,) = loop.crashes
    assert crash.process is None
    assert "planted" in crash.what
    assert isinstance(crash.error, ValueError)


def test_a_crashed_task_that_nobody_asks_is_taken_down_at_the_end(loop: VirtualLoop) -> None:
    task = loop.create_task(fail(1.0), name="watchdog")
    loop.run_until_complete(asyncio.sleep(2.0))
    loop.abandon()
    assert [(crash.process, crash.what) for crash in loop.crashes] == [(None, "watchdog")]
    assert task.done()


def test_a_crashed_task_is_not_lost_when_nobody_holds_it(loop: VirtualLoop) -> None:
    async def main() -> None:
        for _ in range(3000):
            asyncio.create_task(asyncio.sleep(1.0))  # noqa: RUF006 - that is the point
        asyncio.create_task(fail(0.5))  # noqa: RUF006
        await asyncio.sleep(2.0)
        for _ in range(3000):
            asyncio.create_task(asyncio.sleep(0.0))  # noqa: RUF006
        await asyncio.sleep(2.0)

    loop.run_until_complete(main())
    loop.abandon()
    assert [crash.what for crash in loop.crashes] == ["fail"]


def test_an_error_that_somebody_awaited_is_no_crash(loop: VirtualLoop) -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="planted"):
            await asyncio.create_task(fail(1.0))

    loop.run_until_complete(main())
    loop.abandon()
    assert loop.crashes == []


def test_a_cancelled_task_is_no_crash(loop: VirtualLoop) -> None:
    task = Process(loop, "gateway").spawn(asyncio.sleep(5.0), "sleeper")
    loop.call_later(1.0, task.cancel)
    loop.run_until_complete(asyncio.sleep(2.0))
    loop.abandon()
    assert task.cancelled()
    assert loop.crashes == []


def test_a_task_of_a_process_that_crashes_counts_once_even_if_awaited(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    task = process.spawn(fail(1.0), "ingest")
    with pytest.raises(ValueError, match="planted"):
        loop.run_until_complete(task)
    loop.run_until_complete(asyncio.sleep(1.0))
    loop.abandon()
    assert [(crash.process, crash.what) for crash in loop.crashes] == [("gateway", "ingest")]


def test_what_is_unfinished_at_the_end_is_left_without_a_word(loop: VirtualLoop) -> None:
    async def holds_on() -> None:
        while True:
            try:
                await asyncio.sleep(1.0)
            finally:
                asyncio.create_task(asyncio.sleep(1.0))  # noqa: RUF006
                await asyncio.sleep(1.0)

    for _ in range(10):
        loop.create_task(holds_on())
    loop.create_task(asyncio.sleep(1.0))
    loop.run_until_complete(asyncio.sleep(0.5))
    loop.abandon()
    assert loop.crashes == []
    assert loop.is_closed()
