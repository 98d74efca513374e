"""A wait that may be ended early: by whom it is ended, and that nothing is left of it."""

from __future__ import annotations

import asyncio

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.reference.alerts.bell import Bell


def test_a_ring_ends_a_wait_early_and_time_ends_it_else() -> None:
    loop, bell = VirtualLoop(), Bell()
    ends: list[tuple[bool, float]] = []

    async def wait_twice() -> None:
        for _ in range(2):
            ends.append((await bell.wait(10.0), loop.time()))

    loop.call_at(4.0, bell.ring)
    loop.run_until_complete(wait_twice())
    loop.abandon()
    assert ends == [(True, 4.0), (False, 14.0)]


def test_a_ring_is_not_heard_by_who_waits_later_nor_is_the_end_of_a_wait_that_was_given_up() -> None:
    loop, bell = VirtualLoop(), Bell()

    async def give_up_then_wait() -> tuple[bool, float]:
        bell.ring()
        first = loop.create_task(bell.wait(10.0))
        await asyncio.sleep(5.0)
        first.cancel()
        rung = await bell.wait(60.0)
        return rung, loop.time()

    assert loop.run_until_complete(give_up_then_wait()) == (False, 65.0)
    loop.abandon()
