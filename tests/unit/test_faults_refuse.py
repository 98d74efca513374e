"""A refusal is proved by messages that were refused, and gone when the provider takes messages again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.faults.fault import Setting
from deadair.faults.refuse import Refuse
from deadair.model.place import Place
from tests.unit.looks import seen

TAKING = seen("before", refusing=False, refused=2)
REFUSING = seen("during", refusing=True, refused=2)
REFUSED = seen("during", refusing=True, refused=7)
BACK = seen("after", refusing=False, refused=7)


def test_it_is_one_break_of_the_provider() -> None:
    fault = Refuse(status=429, retry_after=timedelta(minutes=2))
    (broken,) = fault.breaks(Place("push"), Setting((), frozenset(), 1.0, 60.0))
    assert (broken.injector, broken.action, broken.subject) == ("provider", "refuse", "push")
    assert dict(broken.knobs) == {"status": 429, "retry_after_s": 120.0}


def test_refusing_while_it_lasts_and_taking_after_is_proved() -> None:
    proof = Refuse().prove([TAKING, REFUSING, REFUSED, BACK])
    assert (proof.proved, proof.gone, proof.why) == (
        True,
        True,
        "5 messages were refused; it took messages again after it",
    )


@pytest.mark.parametrize(
    ("sightings", "why"),
    [
        ([REFUSED, BACK], "not seen taking messages before"),
        ([seen("before", refusing=True, refused=1), REFUSED], "not seen taking messages before"),
        ([TAKING, BACK], "did not refuse all the time"),
        ([TAKING, REFUSED, seen("during", refusing=False, refused=9)], "did not refuse all the time"),
        ([TAKING, REFUSING, REFUSING], "nobody sent anything"),
        ([], "not seen taking messages before"),
    ],
)
def test_anything_else_is_not_proved(sightings: list[object], why: str) -> None:
    proof = Refuse().prove(sightings)  # type: ignore[arg-type]
    assert not proof.proved
    assert why in proof.why


def test_a_provider_that_still_refuses_is_not_healed() -> None:
    proof = Refuse().prove([TAKING, REFUSED, seen("after", refusing=True, refused=9)])
    assert (proof.proved, proof.gone) == (True, False)
