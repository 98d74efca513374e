"""Faults that come too late or at once: after the storm, twice on one place, or where one hides the other.

Pure. Knows the model and which node a target's link leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from deadair.documents.error_text import Problem
from deadair.faults.fault import Fault
from deadair.faults.kill import Kill
from deadair.faults.latency import Latency
from deadair.faults.overload import Overload
from deadair.faults.partition import Partition
from deadair.faults.pause import Pause
from deadair.faults.push_delay import PushDelay
from deadair.faults.push_drop import PushDrop
from deadair.faults.push_duplicate import PushDuplicate
from deadair.faults.refuse import Refuse
from deadair.model.duration import show
from deadair.scenario.model import Entry, Scenario
from deadair.targets.target import Target

SILENT = {Kill: "killed", Pause: "hanging"}
"""What a node is while one of these faults lasts."""

HIDES: Mapping[type[Fault], tuple[type[Fault], ...]] = {
    Refuse: (PushDelay, PushDrop, PushDuplicate),
    PushDrop: (PushDelay, PushDuplicate),
}
"""Which faults of the push provider show nothing while one of these lasts."""
DOES = {Refuse: "takes nothing", PushDrop: "swallows all it takes"}


def outside_the_storm(scenario: Scenario) -> Iterator[Problem]:
    """Refuse what ends after the storm."""
    storm = scenario.phases.storm
    for number, entry in enumerate(scenario.timeline):
        if (ends := entry.at + entry.lasts) > storm:
            what = f"ends at {show(ends)}, after the storm's end at {show(storm)}"
            if entry.at < storm:
                yield Problem(("timeline", number, "lasts"), f"{what}; write {show(storm - entry.at)} or less")
            else:
                yield Problem(("timeline", number, "at"), f"{what}; begin it earlier or lengthen phases.storm")


def collisions(scenario: Scenario) -> Iterator[Problem]:
    """Refuse two faults of one kind on one place at once."""
    for first, second in meeting(scenario):
        one, other = scenario.timeline[first], scenario.timeline[second]
        if type(one.fault) is type(other.fault):
            what = f"overlaps f{first + 1}, which is the same kind of fault on the same place; join them or move one"
            yield Problem(("timeline", second), what)


def dead_and_hanging(scenario: Scenario) -> Iterator[Problem]:
    """Refuse a node that is to be dead and to hang at once: neither of the two could be proved."""
    for first, second in meeting(scenario):
        one, other = scenario.timeline[first], scenario.timeline[second]
        if {type(one.fault), type(other.fault)} == {Kill, Pause}:
            what = f"overlaps f{first + 1} on `{other.where}`: a node that is killed cannot hang; move one"
            yield Problem(("timeline", second), what)


def hidden_faults(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Warn of a fault that cannot be proved, for the node that it strikes or leads to is silent all the time."""
    leads_to = {link.name: link.leads_to for link in target.links}
    for number, entry in enumerate(scenario.timeline):
        node = leads_to.get(entry.where.name, entry.where.name)
        for fault_id, other in scenario.faults():
            state = SILENT.get(type(other.fault))
            covered = other.at <= entry.at and entry.at + entry.lasts <= other.at + other.lasts
            if (
                state
                and covered
                and other.where.name == node
                and isinstance(entry.fault, Latency | Overload | Partition)
            ):
                what = f"it cannot be proved: `{node}` is {state} by {fault_id} all the time; move one"
                yield Problem(("timeline", number), what)


def hidden_at_provider(scenario: Scenario) -> Iterator[Problem]:
    """Warn of a fault that cannot be proved, for the push provider takes nothing, or swallows all that it takes."""
    for number, entry in enumerate(scenario.timeline):
        for fault_id, other in scenario.faults():
            covered = other.at <= entry.at and entry.at + entry.lasts <= other.at + other.lasts
            whose = other.where.cohort in (None, entry.where.cohort)
            hides = HIDES.get(type(other.fault), ())
            if isinstance(entry.fault, hides) and covered and whose:
                what = f"it cannot be proved: the push provider {DOES[type(other.fault)]} by {fault_id} all the time"
                yield Problem(("timeline", number), f"{what}; move one")


def _same_place(one: Entry, other: Entry) -> bool:
    cohorts = one.where.cohort, other.where.cohort
    return one.where.name == other.where.name and (None in cohorts or cohorts[0] == cohorts[1])


def meeting(scenario: Scenario) -> Iterator[tuple[int, int]]:
    """Yield which entries are there at once at one place, each pair once."""
    for (first, one), (second, other) in combinations(enumerate(scenario.timeline), 2):
        if _same_place(one, other) and one.at < other.at + other.lasts and other.at < one.at + one.lasts:
            yield first, second
