"""A partition is proved by bytes that stall and then flow, on each broken proxy."""

from __future__ import annotations

from deadair.faults.fault import Setting, Sighting, When
from deadair.faults.partition import Partition
from deadair.model.place import Place
from tests.unit.looks import seen

SETTING = Setting(("south", "rest"), frozenset({"uplink"}), 1.0, 60.0)


def look(when: When, asked: int, answered: int, subject: str = "uplink[south]", missed: int = 0) -> Sighting:
    return seen(
        when,
        subject=subject,
        asked_bytes=asked * 100,
        asked_segments=asked,
        sent_bytes=answered,
        answered_bytes=answered,
        missed=missed,
    )


STALL = [look("before", 1, 100), look("during", 2, 100), look("during", 5, 100)]


def test_an_outer_link_without_cohort_is_broken_cohort_by_cohort() -> None:
    breaks = Partition().breaks(Place("uplink"), SETTING)
    assert [(each.injector, each.action, each.subject) for each in breaks] == [
        ("toxiproxy", "freeze", "uplink[south]"),
        ("toxiproxy", "freeze", "uplink[rest]"),
    ]


def test_a_cohort_and_an_inner_link_are_one_break() -> None:
    assert [each.subject for each in Partition().breaks(Place("uplink", "rest"), SETTING)] == ["uplink[rest]"]
    assert [each.subject for each in Partition().breaks(Place("a→b"), SETTING)] == ["a→b"]


def test_stalled_and_flowing_again_is_proved_and_gone() -> None:
    proof = Partition().prove([*STALL, look("after", 6, 300)])
    assert (proof.proved, proof.gone) == (True, True)


def test_a_link_nobody_had_used_before_is_proved_by_the_stall_itself() -> None:
    silent = [look("before", 0, 0), look("during", 0, 0), look("during", 3, 0), look("after", 3, 50)]
    proof = Partition().prove(silent)
    assert (proof.proved, proof.gone) == (True, True)


def test_a_link_that_something_else_had_silenced_already_is_not_proved() -> None:
    """A node behind it that died ten minutes ago: clients asked, and had no answer when the link was broken."""
    dead = [look("before", 50, 900), look("before", 60, 900), look("before", 70, 900)]
    proof = Partition().prove([*dead, look("during", 80, 900), look("during", 99, 900), look("after", 101, 990)])
    assert (proof.proved, proof.gone) == (False, True)
    assert "something else had silenced it" in proof.why


def test_an_answer_still_on_its_way_is_no_stall_before() -> None:
    calm = [look("before", 50, 900), look("before", 50, 900), look("before", 51, 900)]
    proof = Partition().prove([*calm, look("during", 52, 901), look("during", 55, 901), look("after", 56, 990)])
    assert (proof.proved, proof.gone) == (True, True)


def test_what_was_asked_between_the_only_two_looks_before_may_still_be_answered() -> None:
    calm = [look("before", 25, 900), look("before", 26, 900)]
    proof = Partition().prove([*calm, look("during", 27, 901), look("during", 55, 901), look("after", 56, 990)])
    assert (proof.proved, proof.gone) == (True, True)


def test_no_traffic_is_not_proved() -> None:
    proof = Partition().prove([look("before", 1, 100), look("during", 1, 100), look("during", 1, 100)])
    assert not proof.proved
    assert "nobody sent anything" in proof.why


def test_bytes_that_still_arrive_are_not_a_stall() -> None:
    proof = Partition().prove([look("before", 1, 100), look("during", 2, 100), look("during", 5, 101)])
    assert not proof.proved
    assert "1 byte was sent to its clients" in proof.why


def test_a_link_that_was_dead_before_is_not_proved() -> None:
    proof = Partition().prove([look("before", 3, 0), look("during", 4, 0), look("during", 5, 0)])
    assert not proof.proved
    assert "before either" in proof.why


def test_counters_that_overflowed_prove_nothing() -> None:
    proof = Partition().prove([look("before", 1, 100), look("during", 2, 100), look("during", 5, 100, missed=1)])
    assert not proof.proved


def test_never_flowing_again_is_not_gone() -> None:
    proof = Partition().prove([*STALL, look("after", 9, 100)])
    assert (proof.proved, proof.gone) == (True, False)
    assert "after healing" in proof.why


def test_not_looked_at_after_healing_is_not_gone() -> None:
    assert not Partition().prove(STALL).gone


def test_one_look_while_it_lasted_is_not_enough() -> None:
    assert not Partition().prove(STALL[:2]).proved
    assert not Partition().prove([]).proved


def test_each_proxy_must_be_proved() -> None:
    idle = [look("before", 1, 100, "uplink[rest]"), *[look("during", 1, 100, "uplink[rest]")] * 2]
    proof = Partition().prove([*STALL, *idle, look("after", 6, 300), look("after", 2, 300, "uplink[rest]")])
    assert (proof.proved, proof.gone) == (False, True)
    assert "uplink[rest]: nobody sent anything" in proof.why


def test_each_proxy_must_flow_again() -> None:
    other = [
        look("before", 1, 1, "uplink[rest]"),
        look("during", 1, 1, "uplink[rest]"),
        look("during", 2, 1, "uplink[rest]"),
    ]
    proof = Partition().prove([*STALL, *other, look("after", 6, 300)])
    assert (proof.proved, proof.gone) == (True, False)
