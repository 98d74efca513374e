"""A fault that breaks nothing says so: it is made, it is undone, and no run passes by it."""

from __future__ import annotations

import pytest

from deadair.faults.fault import Setting, Sighting
from deadair.faults.noop import Noop
from deadair.model.place import Place
from tests.unit.looks import seen

UNMADE, MADE, UNDONE = seen("before", made=False), seen("during", made=True), seen("after", made=False)


def test_it_is_one_break_of_nothing() -> None:
    (broken,) = Noop().breaks(Place("watchdog"), Setting((), frozenset(), 1.0, 60.0))
    assert (broken.injector, broken.action, broken.subject) == ("noop", "nothing", "watchdog")
    assert not Noop.silences


def test_made_and_undone_is_gone_and_never_proved() -> None:
    proof = Noop().prove([UNMADE, MADE, MADE, UNDONE])
    assert (proof.proved, proof.gone) == (False, True)
    assert proof.why == "it was made and undone, and it breaks nothing: it tests nobody"


@pytest.mark.parametrize(
    ("sightings", "why", "gone"),
    [
        ([], "it was not seen made and not seen undone", False),
        ([UNMADE, UNDONE], "it was not seen made and undone", True),
        ([UNMADE, MADE, seen("during", made=False), UNDONE], "it was not seen made and undone", True),
        ([UNMADE, MADE, seen("after", made=True)], "it was made and not seen undone", False),
    ],
)
def test_it_says_what_was_not_seen(sightings: list[Sighting], why: str, gone: bool) -> None:
    proof = Noop().prove(sightings)
    assert (proof.proved, proof.gone) == (False, gone)
    assert proof.why.startswith(why)
