"""How strands end: told to at the end of the run or before, in a deadlock, by an interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from deadair.engines.simulated.loop import DeadlockError
from deadair.engines.simulated.strands import Signal, Strands, Turnstile

from tests.unit.main_strand import run_on


def test_what_is_left_at_the_end_is_told_to_end_and_cannot_block_any_more(strands: Strands) -> None:
    signal, turnstile = Signal(strands), Turnstile(strands)
    future = strands.loop.create_future()
    ended: list[str] = []

    def work(name: str, block: Callable[[], object]) -> None:
        try:
            block()
        finally:
            ended.append(name)
            strands.sleep(1.0)
            ended.append("too late")

    def main() -> None:
        strands.spawn(work, "sleep", lambda: strands.sleep(1e9))
        strands.spawn(work, "signal", signal.wait)
        strands.spawn(work, "limited", lambda: signal.wait(1e9))
        strands.spawn(work, "turnstile", turnstile.acquire)
        strands.spawn(work, "future", lambda: strands.wait(future))
        strands.sleep(1.0)
        strands.spawn(work, "not begun", turnstile.acquire)

    run_on(strands, main)
    assert ended == ["sleep", "signal", "limited", "turnstile", "future"]
    assert strands.alive == 0
    assert strands.loop.crashes == []


def test_the_main_strand_can_end_the_others_and_go_on(strands: Strands) -> None:
    signal, turnstile = Signal(strands), Turnstile(strands)
    future = strands.loop.create_future()

    def main() -> str:
        for block in (signal.wait, turnstile.acquire, lambda: strands.wait(future), lambda: strands.sleep(1.0)):
            strands.spawn(block)
        strands.sleep(0.5)
        signal.set()
        turnstile.release()
        future.set_result(None)
        strands.spawn(strands.sleep, 1.0)
        strands.kill_all()
        assert strands.alive == 1
        strands.sleep(5.0)
        return "went on"

    assert run_on(strands, main) == "went on"
    assert strands.loop.crashes == []


def test_a_crash_while_ending_is_taken_down(strands: Strands) -> None:
    def work() -> None:
        try:
            strands.sleep(1e9)
        finally:
            raise ValueError("planted")

    def main() -> None:
        strands.spawn(work, name="uplink")
        strands.sleep(1.0)

    run_on(strands, main)
    assert [crash.what for crash in strands.loop.crashes] == ["uplink"]


def test_tasks_that_are_left_at_the_end_are_abandoned(strands: Strands) -> None:
    run_on(strands, lambda: strands.loop.create_task(asyncio.sleep(1e9)))
    assert strands.loop.crashes == []


def test_a_deadlock_of_the_main_strand_is_told(strands: Strands) -> None:
    ended: list[str] = []

    def main() -> None:
        try:
            Signal(strands).wait()
        finally:
            ended.append("main")

    with pytest.raises(DeadlockError, match="strands that wait: main"):
        run_on(strands, main)
    assert ended == ["main"]


def test_an_interrupt_ends_the_run(strands: Strands) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    def main() -> None:
        strands.spawn(interrupted)
        strands.sleep(10.0)

    with pytest.raises(KeyboardInterrupt):
        run_on(strands, main)
    assert strands.loop.is_closed()
