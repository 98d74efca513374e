"""The heap of timers: what is due, in order, and that it does not grow."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.alerts.timers import VOID_MIN, Timers


def test_timers_go_off_in_order_and_in_parts() -> None:
    timers = Timers([(3, 30.0), (1, 10.0), (2, 20.0)])
    assert timers.next_s() == 10.0
    assert timers.due(9.9, 10) == []
    assert timers.due(30.0, 2) == [1, 2]
    assert timers.due(30.0, 2) == [3]
    assert timers.next_s() == math.inf


def test_a_timer_that_was_moved_goes_off_once() -> None:
    timers = Timers([(1, 10.0)])
    timers.set(1, 5.0)
    timers.set(1, 20.0)
    assert timers.due(10.0, 10) == []
    assert timers.due(20.0, 10) == [1]


def test_a_timer_for_never_is_none() -> None:
    timers = Timers([(1, 10.0), (2, math.inf)])
    timers.set(1, math.inf)
    assert (len(timers), timers.next_s(), timers.at_s(1)) == (0, math.inf, math.inf)


def test_moving_timers_for_ever_fills_no_memory() -> None:
    timers = Timers((number, 0.0) for number in range(100))
    for moved in range(100_000):
        timers.set(moved % 100, float(moved))
        assert len(timers._heap) <= 2 * 100 + VOID_MIN + 1
    assert timers.due(1e9, 1000) == list(range(100))


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 10) | st.just(math.inf)), max_size=60), st.floats(0, 10))
def test_it_does_what_a_table_would(moves: list[tuple[int, float]], now_s: float) -> None:
    timers, table = Timers([]), dict[int, float]()
    for number, at_s in moves:
        timers.set(number, at_s)
        table[number] = at_s
    due = timers.due(now_s, 1000)
    assert due == sorted(due, key=lambda number: (table[number], number))
    assert set(due) == {number for number, at_s in table.items() if at_s <= now_s}
    assert timers.next_s() == min((at_s for at_s in table.values() if at_s > now_s), default=math.inf)
