"""A pause is proved by a node that stands still, and gone itself when the node answers again."""

from __future__ import annotations

import pytest

from deadair.faults.fault import Setting
from deadair.faults.pause import Pause
from deadair.model.place import Place
from tests.unit.looks import seen

AT_WORK = seen("before", stopped=False, ready=False)
STILL = seen("during", stopped=True, ready=False)
BACK = seen("after", stopped=False, ready=True)


def test_it_is_one_break_of_the_node() -> None:
    (broken,) = Pause().breaks(Place("processor"), Setting((), frozenset(), 1.0, 60.0))
    assert (broken.injector, broken.action, broken.subject) == ("pauses", "stop", "processor")


def test_still_while_it_lasts_and_ready_after_is_proved() -> None:
    proof = Pause().prove([AT_WORK, STILL, STILL, BACK])
    assert (proof.proved, proof.gone) == (True, True)


@pytest.mark.parametrize(
    ("sightings", "why"),
    [
        ([STILL, BACK], "not seen at work before"),
        ([seen("before", stopped=True, ready=False), STILL], "not seen at work before"),
        ([AT_WORK, BACK], "nobody looked while it lasted"),
        ([AT_WORK, STILL, seen("during", stopped=False, ready=False)], "at work while it lasted"),
        ([], "not seen at work before"),
    ],
)
def test_anything_else_is_not_proved(sightings: list[object], why: str) -> None:
    proof = Pause().prove(sightings)  # type: ignore[arg-type]
    assert not proof.proved
    assert why in proof.why


def test_a_node_that_does_not_answer_is_not_back() -> None:
    proof = Pause().prove([AT_WORK, STILL, seen("after", stopped=False, ready=False)])
    assert (proof.proved, proof.gone) == (True, False)
    assert "not ready again" in proof.why
