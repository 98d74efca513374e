"""The timeline as steps in order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deadair.model.duration import in_us
from deadair.scenario.model import Entry, Scenario

Verb = Literal["begin", "heal"]


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One thing to do. ``at_us`` counts from the start of the storm, in real-life microseconds."""

    at_us: int
    verb: Verb
    fault_id: str
    entry: Entry


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
