"""The timetable: moments depend on nothing that happened, and come in order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from deadair.fleet.agenda import JITTER_MAX_REAL_S, Agenda, jitter_us, round_us

moments = st.integers(0, 10**12)
periods = st.integers(1_000_000, 10**10)
phases = st.floats(0, 1, exclude_max=True)


@given(moments, periods, phases, st.integers(0, 1000))
def test_rounds_are_one_period_apart(begin_us: int, period_us: int, phase: float, number: int) -> None:
    first = round_us(begin_us, period_us, phase, number)
    assert round_us(begin_us, period_us, phase, number + 1) - first == period_us


@given(moments, periods, phases)
def test_the_first_round_lies_in_the_first_period(begin_us: int, period_us: int, phase: float) -> None:
    assert begin_us <= round_us(begin_us, period_us, phase, 0) < begin_us + period_us


@given(st.integers(), st.floats(1, 1000))
def test_jitter_stays_far_below_a_second(seed: int, speed: float) -> None:
    jitter = jitter_us(random.Random(seed), speed=speed)
    assert 0 <= jitter / speed / 1e6 <= JITTER_MAX_REAL_S < 0.1


@given(st.lists(moments))
def test_an_agenda_hands_out_everything_in_order(wanted: list[int]) -> None:
    agenda: Agenda[int] = Agenda()
    for number, at_us in enumerate(wanted):
        agenda.add(at_us, number)
    taken = [agenda.take(10**13) for _ in wanted]
    assert agenda.take(10**13) is None
    assert taken == sorted(((at_us, number) for number, at_us in enumerate(wanted)))


@given(st.lists(moments, min_size=1), moments)
def test_nothing_comes_before_its_moment(wanted: list[int], now_us: int) -> None:
    agenda: Agenda[int] = Agenda()
    for number, at_us in enumerate(wanted):
        agenda.add(at_us, number)
    while (taken := agenda.take(now_us)) is not None:
        assert taken[0] <= now_us
    assert len(agenda) == sum(at_us > now_us for at_us in wanted)
    assert agenda.next_us is None or agenda.next_us > now_us
