"""Blocking code on virtual time: strands take turns, sleep and wait, and nobody else may block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

import pytest
from deadair.engines.simulated.loop import Crash, VirtualLoop
from deadair.engines.simulated.process import Process, charge, current
from deadair.engines.simulated.strands import OutsideStrandError, Signal, Strands, Turnstile, run

from tests.unit.main_strand import run_on


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
