"""Blocking code on virtual time: green threads take turns, sleep and wait, and nobody else may block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_thread_signals import Signal, Turnstile
from deadair.engines.simulated.green_threads import GreenThreads, OutsideGreenThreadError, run
from deadair.engines.simulated.loop_errors import Crash
from deadair.engines.simulated.simulated_process import Process, charge, current
from tests.unit.main_green_thread import run_on


def test_the_main_green_threads_result_is_handed_back_and_the_loop_is_closed(threads: GreenThreads) -> None:
    def main() -> float:
        threads.sleep(72 * 3600.0)
        return threads.loop.time()

    assert run_on(threads, main) == 72 * 3600.0
    assert threads.loop.is_closed()
    assert threads.alive == 0
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


@pytest.mark.parametrize("error", [ValueError("planted"), StopIteration("planted")])
def test_what_the_main_green_thread_raises_is_raised(threads: GreenThreads, error: Exception) -> None:
    def main() -> None:
        threads.sleep(1.0)
        raise error

    with pytest.raises(type(error), match="planted"):
        run_on(threads, main)
    assert threads.loop.crashes == []


def test_a_run_needs_no_green_threads_made_before() -> None:
    assert run(VirtualLoop(), lambda: 5) == 5


def test_green_threads_take_turns_in_the_order_they_were_started(threads: GreenThreads) -> None:
    order: list[tuple[int, int]] = []

    def work(number: int) -> None:
        for turn in range(3):
            order.append((turn, number))
            threads.sleep(1.0)

    def main() -> None:
        for number in range(5):
            threads.spawn(work, number)
        assert order == []
        threads.sleep(10.0)

    run_on(threads, main)
    assert order == [(turn, number) for turn in range(3) for number in range(5)]


def test_sleeping_not_at_all_lets_the_others_have_their_turn(threads: GreenThreads) -> None:
    order: list[str] = []

    def main() -> None:
        threads.spawn(order.append, "other")
        threads.sleep(0)
        order.append("main")

    run_on(threads, main)
    assert order == ["other", "main"]
    assert threads.loop.time() == 0.0


def test_a_green_thread_waits_for_a_future_and_takes_its_result_or_error(threads: GreenThreads) -> None:
    async def answer(fails: bool) -> int:
        await asyncio.sleep(2.0)
        if fails:
            raise ValueError("planted")
        return 5

    def main() -> None:
        task = threads.loop.create_task(answer(fails=False))
        assert threads.wait(task) == 5
        assert threads.wait(task) == 5
        with pytest.raises(ValueError, match="planted"):
            threads.wait(threads.loop.create_task(answer(fails=True)))

    run_on(threads, main)
    assert threads.loop.time() == 4.0
    assert threads.loop.crashes == []


def test_a_green_thread_belongs_to_no_process(threads: GreenThreads) -> None:
    process = Process(threads.loop, "gateway")
    seen: list[object] = []

    def work() -> None:
        charge(5.0)
        seen.append(current())

    def main() -> None:
        process.run_soon(threads.spawn, work)
        threads.sleep(1.0)

    run_on(threads, main)
    assert seen == [None]
    assert process.busy_s == 0.0


def test_a_green_thread_begins_with_an_empty_context(threads: GreenThreads) -> None:
    word = ContextVar("word", default="none")
    seen: list[str] = []

    def work() -> None:
        seen.append(word.get())
        word.set("left behind")

    def main() -> None:
        for _ in range(3):
            threads.spawn(work)
            threads.sleep(1.0)

    run_on(threads, main)
    assert seen == ["none"] * 3


def test_a_crashed_green_thread_is_taken_down_by_its_name(threads: GreenThreads) -> None:
    error = ValueError("planted")

    def planted() -> None:
        raise error

    def main() -> None:
        threads.spawn(planted, name="uplink")
        threads.sleep(1.0)
        assert threads.loop.crashes == [Crash(None, "uplink", error)]

    run_on(threads, main)


def test_blocking_outside_a_green_thread_is_refused(threads: GreenThreads) -> None:
    loop = threads.loop
    signal, turnstile = Signal(threads), Turnstile(threads)
    blocking: list[Callable[[], object]] = [
        lambda: threads.sleep(1.0),
        signal.wait,
        turnstile.acquire,
        lambda: threads.wait(loop.create_future()),
    ]

    def main() -> None:
        for block in blocking:
            loop.call_soon(block)
        threads.sleep(1.0)

    with suppress(OutsideGreenThreadError):
        threads.sleep(1.0)
    run_on(threads, main)
    assert [type(crash.error) for crash in loop.crashes] == [OutsideGreenThreadError] * len(blocking)
