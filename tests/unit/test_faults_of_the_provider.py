"""What the push provider does with messages that it took is proved by what became of them, with figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.faults.fault import Fault, Setting, Sighting, When
from deadair.faults.push_delay import PushDelay
from deadair.faults.push_drop import PushDrop
from deadair.faults.push_duplicate import PushDuplicate
from deadair.injectors.push_provider import COUNTED
from deadair.model.place import Place
from tests.unit.looks import seen

DROP, TWICE = PushDrop(), PushDuplicate()
LATE = PushDelay(delay=timedelta(minutes=1))
DOING = {"push_drop": "dropping", "push_delay": "delaying", "push_duplicate": "doubling"}


def looks(fault: Fault, *steps: tuple[When, bool, dict[str, float]]) -> list[Sighting]:
    """Look at a provider that says whether it does so, and has counted so many messages."""
    every = dict.fromkeys(COUNTED, 0.0)
    return [
        seen(when, subject="push", **{DOING[fault.name]: doing}, **{**every, **counts}) for when, doing, counts in steps
    ]


def test_each_is_one_break_of_the_provider() -> None:
    setting = Setting((), frozenset(), 1.0, 60.0)
    found = [fault.breaks(Place("push", "south"), setting) for fault in (DROP, LATE, TWICE)]
    assert [(one.injector, one.action, one.subject, dict(one.knobs)) for (one,) in found] == [
        ("provider", "drop", "push[south]", {}),
        ("provider", "delay", "push[south]", {"delay_s": 60.0}),
        ("provider", "duplicate", "push[south]", {"apart_s": 30.0}),
    ]


def test_messages_that_were_taken_and_not_handed_on_prove_a_drop() -> None:
    proof = DROP.prove(
        looks(
            DROP,
            ("before", False, {"taken": 4, "handed_on": 4}),
            ("during", True, {"taken": 9, "handed_on": 5, "dropped": 4}),
            ("after", False, {"taken": 11, "handed_on": 7, "dropped": 4}),
        )
    )
    assert (proof.proved, proof.gone) == (True, True)
    assert proof.why == (
        "before it 4 of 4 messages had been handed on; 4 messages were taken and never handed on; after it 2 of 2"
    )


def test_messages_that_waited_prove_a_delay_and_those_that_wait_still() -> None:
    before: tuple[When, bool, dict[str, float]] = ("before", False, {"taken": 4, "handed_on": 4})
    after: tuple[When, bool, dict[str, float]] = ("after", False, {"taken": 7, "handed_on": 7, "delayed": 3})
    held = {"taken": 7, "handed_on": 6, "delayed": 2, "waited_s": 121.0, "waiting": 1}
    proof = LATE.prove(looks(LATE, before, ("during", True, held), after))
    assert (proof.proved, proof.gone) == (True, True)
    assert "3 messages were held back, on average for 60.5 s of 60 s" in proof.why
    proof = LATE.prove(looks(LATE, before, ("during", True, {**held, "waited_s": 90.0}), after))
    assert (proof.proved, "45.0 s of 60 s" in proof.why) == (False, True)
    proof = LATE.prove(looks(LATE, before, ("during", True, {"taken": 5, "handed_on": 4, "waiting": 1}), after))
    assert (proof.proved, "1 message was held back, each to its end" in proof.why) == (True, True)


def test_messages_that_came_twice_prove_a_duplicate_also_if_the_second_came_at_its_end() -> None:
    before: tuple[When, bool, dict[str, float]] = ("before", False, {"taken": 4, "handed_on": 4})
    during: tuple[When, bool, dict[str, float]] = ("during", True, {"taken": 6, "handed_on": 6, "doubled": 1})
    after: tuple[When, bool, dict[str, float]] = ("after", False, {"taken": 6, "handed_on": 6, "doubled": 2})
    proof = TWICE.prove(looks(TWICE, before, during, after))
    assert (proof.proved, proof.gone, "2 messages were delivered twice" in proof.why) == (True, True, True)


@pytest.mark.parametrize("fault", [DROP, LATE, TWICE])
def test_anything_else_is_not_proved(fault: Fault) -> None:
    doing = DOING[fault.name]
    some = {"taken": 3.0, "handed_on": 3.0}
    calm, there, gone = ("before", False, some), ("during", True, some), ("after", False, some)
    for steps, why, is_gone in (
        ((), f"it was not seen without {doing} messages before", False),
        ((("before", True, some), there, gone), f"it was not seen without {doing} messages before", True),
        ((calm, gone), f"it was not seen {doing} messages all the time", True),
        ((calm, there, ("during", False, some), gone), f"it was not seen {doing} messages all the time", True),
        ((calm, there, gone), "nobody sent anything", True),
        ((calm, there, ("after", True, some)), "it still goes on", False),
    ):
        proof = fault.prove(looks(fault, *steps))
        assert (proof.proved, proof.gone) == (False, is_gone)
        assert why in proof.why


def test_a_drop_of_messages_that_were_handed_on_is_none() -> None:
    proof = DROP.prove(
        looks(
            DROP,
            ("before", False, {}),
            ("during", True, {"taken": 3, "handed_on": 3, "dropped": 3}),
            ("after", False, {"taken": 3, "handed_on": 3, "dropped": 3}),
        )
    )
    assert (proof.proved, "only 0 were not handed on" in proof.why) == (False, True)
