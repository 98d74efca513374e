"""How green threads end: told to at the end of the run or before, in a deadlock, by an interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from deadair.engines.simulated.green_thread_signals import Signal, Turnstile
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.engines.simulated.loop_errors import DeadlockError
from tests.unit.main_green_thread import run_on


def test_what_is_left_at_the_end_is_told_to_end_and_cannot_block_any_more(threads: GreenThreads) -> None:
    signal, turnstile = Signal(threads), Turnstile(threads)
    future = threads.loop.create_future()
    ended: list[str] = []

    def work(name: str, block: Callable[[], object]) -> None:
        try:
            block()
        finally:
            ended.append(name)
            threads.sleep(1.0)
            ended.append("too late")

    def main() -> None:
        threads.spawn(work, "sleep", lambda: threads.sleep(1e9))
        threads.spawn(work, "signal", signal.wait)
        threads.spawn(work, "limited", lambda: signal.wait(1e9))
        threads.spawn(work, "turnstile", turnstile.acquire)
        threads.spawn(work, "future", lambda: threads.wait(future))
        threads.sleep(1.0)
        threads.spawn(work, "not begun", turnstile.acquire)

    run_on(threads, main)
    assert ended == ["sleep", "signal", "limited", "turnstile", "future"]
    assert threads.alive == 0
    assert threads.loop.crashes == []


def test_the_main_green_thread_can_end_the_others_and_go_on(threads: GreenThreads) -> None:
    signal, turnstile = Signal(threads), Turnstile(threads)
    future = threads.loop.create_future()

    def main() -> str:
        for block in (signal.wait, turnstile.acquire, lambda: threads.wait(future), lambda: threads.sleep(1.0)):
            threads.spawn(block)
        threads.sleep(0.5)
        signal.set()
        turnstile.release()
        future.set_result(None)
        threads.spawn(threads.sleep, 1.0)
        threads.kill_all()
        assert threads.alive == 1
        threads.sleep(5.0)
        return "went on"

    assert run_on(threads, main) == "went on"
    assert threads.loop.crashes == []


def test_a_crash_while_ending_is_taken_down(threads: GreenThreads) -> None:
    def work() -> None:
        try:
            threads.sleep(1e9)
        finally:
            raise ValueError("planted")

    def main() -> None:
        threads.spawn(work, name="uplink")
        threads.sleep(1.0)

    run_on(threads, main)
    assert [crash.what for crash in threads.loop.crashes] == ["uplink"]


def test_tasks_that_are_left_at_the_end_are_abandoned(threads: GreenThreads) -> None:
    run_on(threads, lambda: threads.loop.create_task(asyncio.sleep(1e9)))
    assert threads.loop.crashes == []


def test_a_deadlock_of_the_main_green_thread_is_told(threads: GreenThreads) -> None:
    ended: list[str] = []

    def main() -> None:
        try:
            Signal(threads).wait()
        finally:
            ended.append("main")

    with pytest.raises(DeadlockError, match="green threads that wait: main"):
        run_on(threads, main)
    assert ended == ["main"]


def test_an_interrupt_ends_the_run(threads: GreenThreads) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    def main() -> None:
        threads.spawn(interrupted)
        threads.sleep(10.0)

    with pytest.raises(KeyboardInterrupt):
        run_on(threads, main)
    assert threads.loop.is_closed()
