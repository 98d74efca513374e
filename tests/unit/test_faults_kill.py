"""A kill is proved by a process that is gone, and gone itself when the node answers again."""

from __future__ import annotations

import pytest

from deadair.faults.fault import Setting
from deadair.faults.kill import Kill
from deadair.model.place import Place
from tests.unit.looks import seen

ALIVE = seen("before", alive=True, ready=False)
DEAD = seen("during", alive=False, ready=False)
BACK = seen("after", alive=True, ready=True)


def test_it_is_one_break_of_the_node() -> None:
    (broken,) = Kill().breaks(Place("watchdog"), Setting((), frozenset(), 1.0, 60.0))
    assert (broken.injector, broken.action, broken.subject) == ("processes", "kill", "watchdog")


def test_dead_while_it_lasts_and_ready_after_is_proved() -> None:
    proof = Kill().prove([ALIVE, DEAD, DEAD, BACK])
    assert (proof.proved, proof.gone) == (True, True)


@pytest.mark.parametrize(
    ("sightings", "why"),
    [
        ([DEAD, BACK], "not seen alive before"),
        ([seen("before", alive=False, ready=False), DEAD], "not seen alive before"),
        ([ALIVE, BACK], "nobody looked while it lasted"),
        ([ALIVE, DEAD, seen("during", alive=True, ready=False)], "still there"),
        ([], "not seen alive before"),
    ],
)
def test_anything_else_is_not_proved(sightings: list[object], why: str) -> None:
    proof = Kill().prove(sightings)  # type: ignore[arg-type]
    assert not proof.proved
    assert why in proof.why


def test_a_process_that_does_not_answer_is_not_back() -> None:
    proof = Kill().prove([ALIVE, DEAD, seen("after", alive=True, ready=False)])
    assert (proof.proved, proof.gone) == (True, False)
    assert "not ready again" in proof.why
