"""The ladder in words for a terminal: a line for each rung, and below one that is not ok what to do."""

from __future__ import annotations

from collections.abc import Iterator

from deadair.conformance.rung import Climb

STATE_COLUMNS = 11


def lines_of(climb: Climb) -> Iterator[str]:
    """Yield the lines."""
    yield f"{climb.target} {climb.version}"
    widest = max(len(rung.name) for rung in climb.rungs)
    for rung in climb.rungs:
        yield f"{rung.state:<{STATE_COLUMNS}} {rung.name:<{widest}}  {rung.asked} {rung.came}".rstrip()
        if rung.todo:
            yield f"{'':<{STATE_COLUMNS}} {'':<{widest}}  → {rung.todo}"
    states = [rung.state for rung in climb.rungs]
    yield ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    if climb.run:
        yield f"the run that most of it was read from: {climb.run}"
