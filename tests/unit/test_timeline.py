"""The timeline as steps."""

from __future__ import annotations

from deadair.scenario.timeline import steps
from tests.unit.scenario_texts import FLAGSHIP, changed, read

MINUTE_US = 60_000_000


def test_the_flagships_steps_are_in_order() -> None:
    told = [(step.at_us // MINUTE_US, step.verb, step.fault_id) for step in steps(read(FLAGSHIP))]
    assert told == [
        (0, "begin", "f1"),
        (0, "begin", "f2"),
        (0, "begin", "f3"),
        (5, "heal", "f1"),
        (8, "begin", "f4"),
        (20, "begin", "f6"),
        (22, "begin", "f5"),
        (31, "heal", "f5"),
        (34, "begin", "f7"),
        (45, "heal", "f2"),
        (50, "heal", "f3"),
        (50, "heal", "f4"),
        (50, "heal", "f6"),
        (50, "heal", "f7"),
    ]


def test_a_heal_comes_before_a_begin_at_the_same_moment() -> None:
    again = '  - {at: 30m, lasts: 5m, where: "uplink[south]", fault: {kind: partition}}\nchecks:'
    told = [(step.verb, step.fault_id) for step in steps(read(changed("checks:", again)))]
    assert told == [("begin", "f1"), ("heal", "f1"), ("begin", "f2"), ("heal", "f2")]


def test_each_step_carries_its_entry() -> None:
    scenario = read(FLAGSHIP)
    assert all(dict(scenario.faults())[step.fault_id] is step.entry for step in steps(scenario))


def test_a_calm_timeline_has_no_steps() -> None:
    calm = changed(
        'timeline:\n  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}',
        "promises: {silences: 0}\ntimeline: []",
    )
    assert steps(read(calm)) == ()
