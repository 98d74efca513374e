"""A simulated process: one CPU, first come, first served, and a sudden death."""

from __future__ import annotations

import asyncio
import gc
import random

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.simulated_process import Process, charge, current


async def beat(every_s: float, beats: list[float]) -> None:
    while True:
        await asyncio.sleep(every_s)
        beats.append(asyncio.get_running_loop().time())


def test_tasks_belong_to_the_process_that_started_them(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    seen: list[Process | None] = []

    async def inner() -> None:
        seen.append(current())

    async def outer() -> None:
        await asyncio.create_task(inner())

    loop.run_until_complete(process.spawn(outer(), "outer"))
    assert seen == [process]
    assert current() is None


def test_charging_nobody_costs_nothing(loop: VirtualLoop) -> None:
    loop.call_soon(charge, 5.0)
    loop.run_until_complete(asyncio.sleep(1.0))
    assert loop.time() == 1.0


def test_a_busy_process_starves_its_own_tasks_only(loop: VirtualLoop) -> None:
    busy, free = Process(loop, "gateway"), Process(loop, "watchdog")
    starved: list[float] = []
    well: list[float] = []
    busy.spawn(beat(1.0, starved), "beat")
    free.spawn(beat(1.0, well), "beat")
    loop.call_at(0.5, busy.run_soon, charge, 3.0)
    loop.run_until_complete(asyncio.sleep(4.2))
    assert starved == [3.5]
    assert well == [1.0, 2.0, 3.0, 4.0]
    assert busy.busy_s == 3.0


def test_what_waits_for_the_cpu_runs_in_order_and_each_takes_its_time(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    ran: list[tuple[int, float]] = []

    def work(number: int) -> None:
        ran.append((number, loop.time()))
        charge(2.0)

    for number in range(4):
        process.run_soon(work, number)
    loop.run_until_complete(asyncio.sleep(100.0))
    assert ran == [(0, 0.0), (1, 2.0), (2, 4.0), (3, 6.0)]


def test_a_process_that_is_charged_from_outside_is_busy_from_then_on(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    ran: list[float] = []
    loop.call_at(1.0, process.charge, 2.0)
    loop.call_at(2.0, process.charge, 3.0)
    loop.call_at(1.5, process.run_soon, lambda: ran.append(loop.time()))
    loop.run_until_complete(asyncio.sleep(10.0))
    assert ran == [6.0]
    assert process.busy_s == 5.0


def test_a_stopped_process_does_nothing_and_then_all_that_waited(loop: VirtualLoop) -> None:
    process = Process(loop, "processor")
    ran: list[tuple[str, float]] = []
    beats: list[float] = []
    process.spawn(beat(1.0, beats), "beat")
    loop.call_at(2.5, process.stop)
    loop.call_at(3.0, process.run_soon, lambda: ran.append(("asked", loop.time())))
    loop.call_at(6.5, process.resume)
    loop.call_at(6.6, process.resume)
    loop.run_until_complete(asyncio.sleep(8.0))
    assert ran == [("asked", 6.5)]
    assert beats == [1.0, 2.0, 6.5, 7.5]
    assert process.busy_s == 0.0


@pytest.mark.parametrize("work_s", [1.0, 4.0])
def test_a_process_stopped_at_its_work_goes_on_once_both_are_over(loop: VirtualLoop, work_s: float) -> None:
    """Whether its work would have ended before it is let go on, or after."""
    process = Process(loop, "processor")
    ran: list[float] = []
    process.run_soon(charge, work_s)
    loop.call_at(0.5, process.stop)
    loop.call_at(0.7, process.run_soon, lambda: ran.append(loop.time()))
    loop.call_at(2.0, process.resume)
    loop.run_until_complete(asyncio.sleep(10.0))
    assert ran == [max(2.0, work_s)]


def test_a_stopped_process_can_be_killed(loop: VirtualLoop) -> None:
    process = Process(loop, "processor")
    ran: list[float] = []
    process.stop()
    process.run_soon(lambda: ran.append(loop.time()))
    loop.call_at(1.0, process.crash)
    loop.call_at(2.0, process.resume)
    loop.run_until_complete(asyncio.sleep(3.0))
    assert ran == []


def test_a_task_that_is_cancelled_while_its_process_is_busy_ends_when_it_is_free(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    ended: list[float] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(100.0)
        finally:
            ended.append(loop.time())

    task = process.spawn(waits(), "waits")
    loop.call_at(1.0, process.charge, 5.0)
    loop.call_at(2.0, task.cancel)
    loop.run_until_complete(asyncio.sleep(10.0))
    assert ended == [6.0]


def test_a_crash_leaves_nothing_and_no_finally_runs(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    happened: list[str] = []

    async def works() -> None:
        try:
            while True:
                await asyncio.sleep(1.0)
        finally:
            happened.append("finally")

    process.spawn(works(), "works")
    loop.call_at(0.5, process.run_soon, loop.call_later, 5.0, happened.append, "timer")
    loop.call_at(1.2, process.charge, 10.0)
    loop.call_at(1.4, process.run_soon, happened.append, "waited")
    loop.call_at(1.5, process.crash)
    loop.call_at(2.0, process.run_soon, happened.append, "late")
    loop.call_at(2.0, lambda: process.spawn(works(), "late") and None)
    loop.run_until_complete(asyncio.sleep(50.0))
    gc.collect()
    assert happened == []
    assert not process.alive
    assert process.busy_s == 10.0


def test_what_the_dead_left_meets_a_closed_loop_at_the_end(loop: VirtualLoop) -> None:
    process, other = Process(loop, "gateway"), Process(loop, "watchdog")
    told: list[str] = []

    async def works() -> None:
        try:
            await asyncio.sleep(100.0)
        finally:
            other.run_soon(told.append, "from the grave")
            await asyncio.sleep(1.0)

    process.spawn(works(), "works")
    loop.call_at(1.0, process.crash)
    loop.run_until_complete(asyncio.sleep(2.0))
    loop.abandon()
    gc.collect()
    assert told == []
    assert loop.crashes == []


def test_a_process_that_kills_itself_ends_at_its_next_await(loop: VirtualLoop) -> None:
    process = Process(loop, "gateway")
    happened: list[str] = []

    async def works() -> None:
        process.crash()
        charge(3.0)
        happened.append("before")
        await asyncio.sleep(0)
        happened.append("after")

    process.spawn(works(), "works")
    loop.run_until_complete(asyncio.sleep(5.0))
    assert happened == ["before"]
    assert process.busy_s == 0.0


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_waiting_for_one_cpu_is_as_long_as_queueing_theory_says(loop: VirtualLoop, rho: float) -> None:
    process = Process(loop, "gateway")
    drawn = random.Random(7)
    service_s = 1.0
    count = 200_000
    waited_s = 0.0
    left = count
    over = loop.create_future()

    def serve(came_s: float) -> None:
        nonlocal waited_s
        waited_s += loop.time() - came_s
        charge(service_s)

    def arrive() -> None:
        nonlocal left
        process.run_soon(serve, loop.time())
        left -= 1
        if left:
            loop.call_later(drawn.expovariate(rho / service_s), arrive)
        else:
            over.set_result(None)

    loop.call_soon(arrive)
    loop.run_until_complete(over)
    assert waited_s / count == pytest.approx(rho * service_s / (2 * (1 - rho)), rel=0.03)
