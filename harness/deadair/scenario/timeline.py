"""The timeline as steps in order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deadair.model.duration import in_us
from deadair.scenario.model import Entry, Scenario
from deadair.scenario.people import PersonEvent

Verb = Literal["begin", "heal"]


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One thing to do. ``at_us`` counts from the start of the storm, in real-life microseconds."""

    at_us: int
    verb: Verb
    fault_id: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class PersonStep:
    """Something that people are to do. ``at_us`` as of a ``TimelineStep``."""

    at_us: int
    person_id: str
    event: PersonEvent


def steps(scenario: Scenario) -> tuple[TimelineStep, ...]:
    """Return every begin and heal in order of time.

    At equal times heals come first, so that a place may be struck again the moment it is whole; else in the
    timeline's own order.
    """
    both = [
        step
        for fault_id, entry in scenario.faults()
        for step in (
            TimelineStep(in_us(entry.at), "begin", fault_id, entry),
            TimelineStep(in_us(entry.at + entry.lasts), "heal", fault_id, entry),
        )
    ]
    return tuple(sorted(both, key=lambda step: (step.at_us, step.verb != "heal")))


def deeds(scenario: Scenario) -> tuple[TimelineStep | PersonStep, ...]:
    """Return all that is to be done in a storm, in order of time; at equal times what people do comes last."""
    people = (PersonStep(in_us(event.at), person_id, event) for person_id, event in scenario.events())
    return tuple(sorted((*steps(scenario), *people), key=lambda deed: deed.at_us))
