"""Blocking code on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

import pytest

from harness.engines.simulated.loop import Crash, DeadlockError, VirtualLoop
from harness.engines.simulated.process import Process, charge, current
from harness.engines.simulated.strands import OutsideStrandError, Signal, Strands, Turnstile, run


@pytest.fixture
def strands() -> Strands:
    return Strands(VirtualLoop())


def run_on(strands: Strands, work: Callable[[], object]) -> object:
    return run(strands.loop, work, strands=strands)


def test_the_main_strands_result_is_handed_back_and_the_loop_is_closed(strands: Strands) -> None:
    def main() -> float:
        strands.sleep(72 * 3600.0)
        return strands.loop.time()

    assert run_on(strands, main) == 72 * 3600.0
    assert strands.loop.is_closed()
    assert strands.alive == 0
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


@pytest.mark.parametrize("error", [ValueError("planted"), StopIteration("planted")])
def test_what_the_main_strand_raises_is_raised(strands: Strands, error: Exception) -> None:
    def main() -> None:
        strands.sleep(1.0)
        raise error

    with pytest.raises(type(error), match="planted"):
        run_on(strands, main)
    assert strands.loop.crashes == []


def test_a_run_needs_no_strands_made_before() -> None:
    assert run(VirtualLoop(), lambda: 5) == 5


def test_strands_take_turns_in_the_order_they_were_started(strands: Strands) -> None:
    order: list[tuple[int, int]] = []

    def work(number: int) -> None:
        for turn in range(3):
            order.append((turn, number))
            strands.sleep(1.0)

    def main() -> None:
        for number in range(5):
            strands.spawn(work, number)
        assert order == []
        strands.sleep(10.0)

    run_on(strands, main)
    assert order == [(turn, number) for turn in range(3) for number in range(5)]


def test_sleeping_not_at_all_lets_the_others_have_their_turn(strands: Strands) -> None:
    order: list[str] = []

    def main() -> None:
        strands.spawn(order.append, "other")
        strands.sleep(0)
        order.append("main")

    run_on(strands, main)
    assert order == ["other", "main"]
    assert strands.loop.time() == 0.0


def test_a_strand_waits_for_a_future_and_takes_its_result_or_error(strands: Strands) -> None:
    async def answer(fails: bool) -> int:
        await asyncio.sleep(2.0)
        if fails:
            raise ValueError("planted")
        return 5

    def main() -> None:
        task = strands.loop.create_task(answer(fails=False))
        assert strands.wait(task) == 5
        assert strands.wait(task) == 5
        with pytest.raises(ValueError, match="planted"):
            strands.wait(strands.loop.create_task(answer(fails=True)))

    run_on(strands, main)
    assert strands.loop.time() == 4.0
    assert strands.loop.crashes == []


def test_a_strand_belongs_to_no_process(strands: Strands) -> None:
    process = Process(strands.loop, "gateway")
    seen: list[object] = []

    def work() -> None:
        charge(5.0)
        seen.append(current())

    def main() -> None:
        process.run_soon(strands.spawn, work)
        strands.sleep(1.0)

    run_on(strands, main)
    assert seen == [None]
    assert process.busy_s == 0.0


def test_a_strand_begins_with_an_empty_context(strands: Strands) -> None:
    word = ContextVar("word", default="none")
    seen: list[str] = []

    def work() -> None:
        seen.append(word.get())
        word.set("left behind")

    def main() -> None:
        for _ in range(3):
            strands.spawn(work)
            strands.sleep(1.0)

    run_on(strands, main)
    assert seen == ["none"] * 3


def test_a_crashed_strand_is_taken_down_by_its_name(strands: Strands) -> None:
    error = ValueError("planted")

    def planted() -> None:
        raise error

    def main() -> None:
        strands.spawn(planted, name="uplink")
        strands.sleep(1.0)
        assert strands.loop.crashes == [Crash(None, "uplink", error)]

    run_on(strands, main)


def test_a_signal_wakes_all_who_wait_in_the_order_they_came(strands: Strands) -> None:
    signal = Signal(strands)
    order: list[tuple[int, bool]] = []

    def work(number: int) -> None:
        order.append((number, signal.wait(100.0 - number)))

    def main() -> None:
        for number in range(10):
            strands.spawn(work, number)
        strands.sleep(1.0)
        signal.set()
        signal.clear()
        assert order == []
        strands.sleep(200.0)

    run_on(strands, main)
    assert order == [(number, True) for number in range(10)]


def test_a_signal_that_is_set_lets_through_at_once_until_it_is_cleared(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        signal.set()
        assert signal.is_set()
        assert signal.wait()
        signal.clear()
        assert not signal.is_set()
        assert not signal.wait(3.0)

    run_on(strands, main)
    assert strands.loop.time() == 3.0


def test_who_gave_up_on_a_signal_is_not_woken_by_it_later(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        assert not signal.wait(1.0)
        strands.loop.call_later(1.0, signal.set)
        strands.sleep(5.0)
        assert strands.loop.time() == 6.0

    run_on(strands, main)


def test_a_signal_in_the_very_moment_of_the_limit_wakes_once(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        strands.loop.call_at(1.0, signal.set)
        assert signal.wait(1.0)
        strands.sleep(5.0)
        assert strands.loop.time() == 6.0

    run_on(strands, main)


def test_waiting_for_no_time_still_lets_the_others_have_their_turn(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        strands.spawn(signal.set)
        turns = 0
        while not signal.wait(0):
            turns += 1
        assert turns <= 1

    run_on(strands, main)


def test_a_turnstile_lets_one_through_for_each_release_first_come_first_served(strands: Strands) -> None:
    turnstile = Turnstile(strands, 2)
    through: list[int] = []

    def work(number: int) -> None:
        assert turnstile.acquire()
        through.append(number)

    def main() -> None:
        for number in range(6):
            strands.spawn(work, number)
        strands.sleep(1.0)
        assert through == [0, 1]
        turnstile.release()
        turnstile.release()
        strands.sleep(1.0)
        assert through == [0, 1, 2, 3]
        for _ in range(3):
            turnstile.release()
        strands.sleep(1.0)
        turnstile.acquire()

    run_on(strands, main)
    assert through == [0, 1, 2, 3, 4, 5]


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


def test_blocking_outside_a_strand_is_refused(strands: Strands) -> None:
    loop = strands.loop
    signal, turnstile = Signal(strands), Turnstile(strands)
    blocking: list[Callable[[], object]] = [
        lambda: strands.sleep(1.0),
        signal.wait,
        turnstile.acquire,
        lambda: strands.wait(loop.create_future()),
    ]

    def main() -> None:
        for block in blocking:
            loop.call_soon(block)
        strands.sleep(1.0)

    with suppress(OutsideStrandError):
        strands.sleep(1.0)
    run_on(strands, main)
    assert [type(crash.error) for crash in loop.crashes] == [OutsideStrandError] * len(blocking)
