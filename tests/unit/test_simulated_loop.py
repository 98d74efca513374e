"""The loop on virtual time: order, jumps, deadlocks, and what it refuses."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import Any

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.isolation_leaks import REFUSED, LeakError
from deadair.engines.simulated.loop_errors import DeadlockError, StuckError


def test_time_jumps_to_the_next_timer_and_begins_where_it_is_told() -> None:
    loop = VirtualLoop(start_s=1000.0)
    loop.run_until_complete(asyncio.sleep(72 * 3600))
    assert loop.time() == 1000.0 + 72 * 3600
    loop.abandon()


def test_timers_of_one_moment_run_in_the_order_they_were_set(loop: VirtualLoop) -> None:
    order: list[int] = []
    for number in range(100):
        loop.call_at(5.0, order.append, number)
    loop.run_until_complete(asyncio.sleep(6.0))
    assert order == list(range(100))


def test_what_is_due_at_once_runs_in_the_order_it_was_asked_for(loop: VirtualLoop) -> None:
    order: list[int] = []
    for number in range(100):
        loop.call_soon(order.append, number)
    loop.run_until_complete(asyncio.sleep(0))
    assert order == list(range(100))


def test_a_cancelled_timer_never_happens_and_is_swept_away(loop: VirtualLoop) -> None:
    happened: list[int] = []
    for number in range(10_000):
        loop.call_at(50.0, happened.append, number).cancel()
    assert len(loop._timers) < 5000
    loop.run_until_complete(asyncio.sleep(100))
    assert happened == []


def test_a_timer_that_is_cancelled_in_its_own_moment_never_happens(loop: VirtualLoop) -> None:
    happened: list[int] = []

    def cancel() -> None:
        later.cancel()

    loop.call_at(1.0, cancel)
    later = loop.call_at(1.0, happened.append, 1)
    loop.run_until_complete(asyncio.sleep(2.0))
    assert happened == []


def test_asyncios_own_timeouts_work(loop: VirtualLoop) -> None:
    async def main() -> None:
        async with asyncio.timeout(3.0):
            await asyncio.sleep(4.0)

    with pytest.raises(TimeoutError):
        loop.run_until_complete(main())
    assert loop.time() == 3.0


def test_a_timer_at_no_moment_is_refused(loop: VirtualLoop) -> None:
    with pytest.raises(ValueError, match="cannot be called at nan"):
        loop.call_later(math.nan, print)


def test_a_timer_that_never_comes_does_not_hide_a_deadlock(loop: VirtualLoop) -> None:
    with pytest.raises(DeadlockError):
        loop.run_until_complete(asyncio.sleep(math.inf))


def test_a_deadlock_is_told_with_who_waits(loop: VirtualLoop) -> None:
    async def waits_for_nobody() -> None:
        await loop.create_future()

    with pytest.raises(DeadlockError, match=r"tasks that wait: .*waits_for_nobody"):
        loop.run_until_complete(waits_for_nobody())


def test_an_endless_loop_at_one_moment_is_told_with_its_callback() -> None:
    loop = VirtualLoop(steps_at_once_max=1000)

    def again_and_again() -> None:
        loop.call_later(0.0, again_and_again)

    loop.call_soon(again_and_again)
    with pytest.raises(StuckError, match="again_and_again"):
        loop.run_until_complete(asyncio.sleep(1.0))
    loop.abandon()


def test_a_task_that_goes_round_at_one_moment_is_told_by_its_name() -> None:
    async def spins() -> None:
        while True:
            await asyncio.sleep(0)

    loop = VirtualLoop(steps_at_once_max=1000)
    with pytest.raises(StuckError, match="watchdog"):
        loop.run_until_complete(loop.create_task(spins(), name="watchdog"))
    loop.abandon()


def test_many_callbacks_are_no_endless_loop_while_time_moves() -> None:
    loop = VirtualLoop(steps_at_once_max=10)

    async def main() -> None:
        for _ in range(1000):
            await asyncio.sleep(1.0)

    loop.run_until_complete(main())
    assert loop.steps > 1000
    loop.abandon()


def arguments_of(name: str) -> tuple[Any, ...]:
    return (None, print) if name == "run_in_executor" else (print,)


@pytest.mark.parametrize("name", REFUSED)
def test_the_real_machine_is_refused_by_the_line_that_asked(loop: VirtualLoop, name: str) -> None:
    async def main() -> None:
        await getattr(loop, name)(*arguments_of(name))

    with pytest.raises(LeakError, match=rf"test_simulated_loop\.py:\d+ uses loop\.{name}"):
        loop.run_until_complete(main())


def test_every_method_of_asyncio_that_needs_a_selector_is_refused() -> None:
    beyond = set(dir(asyncio.SelectorEventLoop)) - set(dir(asyncio.BaseEventLoop))
    assert not {name for name in beyond if not name.startswith("_")} - set(REFUSED)


def test_a_refusal_that_somebody_swallows_is_taken_down(loop: VirtualLoop) -> None:
    async def main() -> None:
        with pytest.raises(LeakError):
            await asyncio.to_thread(print)

    loop.run_until_complete(main())
    assert "test_simulated_loop.py" in str(loop.crashes[0].error)


def test_another_thread_cannot_call_in(loop: VirtualLoop) -> None:
    refused: list[BaseException] = []

    def call_in() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except LeakError as error:
            refused.append(error)

    async def main() -> None:
        thread = threading.Thread(target=call_in)
        thread.start()
        thread.join()

    loop.run_until_complete(main())
    assert len(refused) == 1


def test_the_loops_own_thread_may_call_in_as_if_from_another(loop: VirtualLoop) -> None:
    called: list[int] = []

    async def main() -> None:
        loop.call_soon_threadsafe(called.append, 1)
        await asyncio.sleep(0)

    loop.run_until_complete(main())
    assert called == [1]


def test_tasks_of_another_kind_are_refused(loop: VirtualLoop) -> None:
    with pytest.raises(NotImplementedError):
        loop.set_task_factory(None)


def test_no_task_begins_after_the_end(loop: VirtualLoop) -> None:
    loop.abandon()
    late = asyncio.sleep(1.0)
    with pytest.raises(RuntimeError, match="over"):
        loop.create_task(late)
    late.close()
