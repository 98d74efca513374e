"""A scenario fitted to a target: the one that is asked for, and its places where the scenario names their roles.

A scenario for any target says by its role where a fault strikes: ``storing``, ``alerting``, ``push``. What is run and
stored has the target's own places, so nobody needs the target to judge it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from deadair.documents.error_text import Problem
from deadair.model.place import Place
from deadair.scenario.model import ANY, Entry, Scenario
from deadair.scenario.places import kinds_of
from deadair.targets.target import Target


@dataclass(frozen=True, slots=True)
class Fitted:
    """A scenario with a target's places; ``lines``: of which entry, as it was written, each entry of it came."""

    scenario: Scenario
    lines: tuple[int, ...]

    def as_written(self, problem: Problem) -> Problem:
        """Return a problem with the path that it has in the scenario as it was written."""
        match problem.path:
            case ("timeline", int(number), *rest):
                return replace(problem, path=("timeline", self.lines[number], *rest))
        return problem


def needs_target(scenario: Scenario) -> bool:
    """Say whether a scenario is for any target, and nobody has said for which."""
    return scenario.target.name == ANY


def fitted(scenario: Scenario, targets: Mapping[str, Target]) -> Fitted:
    """Return a scenario with its target's places in it. What is neither a place nor a role stays as it is."""
    target = targets.get(scenario.target.name)
    written = tuple(enumerate(scenario.timeline))
    placed = [
        (line, each) for line, entry in written for each in (_placed(entry, target) if target is not None else (entry,))
    ]
    timeline = tuple(entry for _, entry in placed)
    return Fitted(scenario.model_copy(update={"timeline": timeline}), tuple(line for line, _ in placed))


def _placed(entry: Entry, target: Target) -> Iterator[Entry]:
    """Yield an entry once for each place of its role that its fault can strike; as it is if it names a place."""
    kinds, name = kinds_of(target), entry.where.name
    places = [place for place in target.roles.get(name, ()) if kinds.get(place) == entry.fault.strikes]
    if kinds.get(name) == entry.fault.strikes or not places:
        yield entry
        return
    for place in places:
        yield entry.model_copy(update={"where": Place(place, entry.where.cohort)})
