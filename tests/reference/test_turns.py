"""Turns for what is dear: in a line of one's own, so that a flood waits behind itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from deadair.reference.accounts.turns import Turns
from deadair.reference.http.share_api import ShareError


class Counter:
    """Serves turns when it is told to, and writes down whose they were."""

    def __init__(self, *, at_once: int = 1, most: int = 100) -> None:
        self.turns = Turns(at_once=at_once, most=most)
        self.served: list[str] = []
        self.refused: list[str] = []
        self.under_way = 0
        self.most_under_way = 0

    async def come(self, whose: str) -> None:
        try:
            async with self.turns.turn(whose):
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                await asyncio.sleep(0.001)
                self.under_way -= 1
                self.served.append(whose)
        except ShareError as error:
            assert error.retry_after_s
            self.refused.append(whose)

    async def come_all(self, *whose: str) -> None:
        await asyncio.gather(*map(self.come, whose))

    def idle(self) -> bool:
        return (self.turns._served, self.turns._waiting, len(self.turns._lines)) == (0, 0, 0)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 10.0))


def test_a_flood_waits_behind_itself() -> None:
    counter = Counter()
    run(counter.come_all(*["flood"] * 50, "parent", "flood", "aunt"))
    assert counter.served.index("parent") <= 3
    assert counter.served.index("aunt") <= 3
    assert len(counter.served) == 53
    assert counter.idle()


def test_no_more_are_served_at_a_time_than_may_be() -> None:
    counter = Counter(at_once=3)
    run(counter.come_all(*(f"somebody {number % 7}" for number in range(40))))
    assert (counter.most_under_way, len(counter.served)) == (3, 40)
    assert counter.idle()


def test_for_lack_of_room_the_longest_line_is_sent_away_first() -> None:
    counter = Counter(most=10)
    run(counter.come_all(*["flood"] * 30, "parent", "aunt"))
    assert set(counter.refused) == {"flood"}
    assert counter.served.count("flood") == 8
    assert {"parent", "aunt"} <= set(counter.served)
    assert counter.idle()


def test_where_all_lines_are_as_long_a_newcomer_is_sent_away() -> None:
    counter = Counter(most=5)
    run(counter.come_all(*(f"somebody {number}" for number in range(12))))
    assert (len(counter.served), len(counter.refused)) == (5, 7)
    assert counter.idle()


@pytest.mark.parametrize("called", [False, True])
def test_who_gives_up_waiting_keeps_nobody_waiting(called: bool) -> None:
    counter = Counter()

    async def scene() -> None:
        tasks = [asyncio.create_task(counter.come(name)) for name in ("first", "gives up", "last")]
        await asyncio.sleep(0)
        if called:
            counter.turns._pass_on()
            counter.turns._served += 1
        tasks[1].cancel()
        await asyncio.wait(tasks)
        assert tasks[1].cancelled()

    run(scene())
    assert counter.served[-1] == "last"
    assert "gives up" not in counter.served
