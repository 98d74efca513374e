"""Where a drawn fault will stand in the coverage table, and that drawing by it reaches cells that chance does not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from deadair.explore.expected import CellWish, expected
from deadair.explore.onsets import Onset
from deadair.explore.timeline_draw import RARE
from deadair.faults.catalogue import FAULTS
from deadair.model.place import Place
from deadair.scenario.model import Entry

KILL = next(fault for fault in FAULTS if fault.model_fields["kind"].default == "kill")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


ONSETS = tuple(
    Onset(phone, "south", minutes(at), minutes(at - 1), minutes(40)) for phone, at in ((1, 20), (2, 22), (3, 30))
)
"""Three phones go blind, by something that is healed at minute 40."""


@pytest.mark.parametrize(
    ("at", "lasts", "wish"),
    [
        (10, 5, ("all well", "none")),
        (10, 10, ("all well", "one")),
        (10, 12, ("all well", "more")),
        (21, 0.5, ("limit runs", "none")),
        (21, 1, ("limit runs", "one")),
        (20, 1, ("limit runs", "one")),
        (21, 9, ("limit runs", "more")),
        (25, 1, ("limit runs", "none")),
        (25.1, 1, ("blind", "none")),
        (26, 4, ("blind", "one")),
        (42.9, 4, ("blind", "none")),
        (43, 4, ("all well", "none")),
    ],
)
def test_it_is_told_by_when_phones_go_blind_and_by_the_limit(at: float, lasts: float, wish: CellWish) -> None:
    entry = Entry(at=minutes(at), lasts=minutes(lasts), where=Place.parse("watchdog"), fault=KILL(), meant="either")
    assert expected(entry, ONSETS, minutes(5)) == wish


def test_two_silences_that_begin_while_somebody_is_blind_are_more() -> None:
    later = (*ONSETS, Onset(4, "south", minutes(31), minutes(31), minutes(40)))
    entry = Entry(at=minutes(26), lasts=minutes(5), where=Place.parse("watchdog"), fault=KILL(), meant="either")
    assert expected(entry, later, minutes(5)) == ("blind", "more")


def test_the_rare_cells_are_all_but_those_that_chance_brings_by_itself() -> None:
    assert Counter(wish.phase for wish in RARE) == {"all well": 1, "limit runs": 3, "blind": 3}
