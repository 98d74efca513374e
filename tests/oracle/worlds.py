"""Who takes part in a drawn history, and at which moments something may happen in it."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from deadair.model.roster import Phone
from tests.histories.ops import us

OFFSETS = (-21, -1, -0.5, 0, 0, 0.5, 1, 1.5, 2, 4.5, 5, 5.5, 9.5, 10, 10.5, 14.5, 15, 15.5, 20, 20.5, 25, 35, 60)
"""Minutes from a moment at which something happened to one at which something may be due."""


class World(NamedTuple):
    """Who takes part, and when the run ends. ``moments``: at which something happened, in minutes."""

    phones: tuple[Phone, ...]
    patients: tuple[int, ...]
    end: float
    moments: list[float]
    onsets: list[float]
    """Those at which somebody went blind."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    patients = tuple(range(1, draw(st.integers(1, 3)) + 1))
    phones = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        cohort = draw(st.sampled_from(["south", "south", "north"]))
        delay = us(draw(st.sampled_from([20, 20, 20, 10, 0])))
        again = draw(st.sampled_from([None, None, us(10), us(45), 0]))
        device = draw(st.sampled_from([None, None, "south", "north"]))
        name, patient = f"phone-{number}", draw(st.sampled_from(patients))
        phones.append(Phone(number, patient, cohort, name, 0.0, delay, again, device_cohort=device))
    return World(tuple(phones), patients, draw(st.integers(30, 150)), [0, 10], [])


def at(draw: st.DrawFn, world: World) -> float:
    """Draw a moment: a short while after one at which something happened, or any."""
    if draw(st.booleans()):
        return draw(st.integers(0, round(2 * world.end) + 4)) / 2
    return max(0.0, draw(st.sampled_from(world.moments)) + draw(st.sampled_from(OFFSETS)))
