"""Calls go down the table of layers, and of any chain of calls at most one goes up.

Imports go down by contract. What goes up is handed down: a clock, a route, somebody who shows progress. One such call
is easy to follow. A second one in the same chain is where nobody knows any more who is in charge.
"""

from __future__ import annotations

import io
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from deadair.model.run_options import RunOptions
from deadair.reporting.live_progress import watch
from deadair.run_commands import run_one
from deadair.scenario.load import load
from deadair.scenario.model import Scenario

REPOSITORY = Path(__file__).parents[2]
CALLS_MIN = 10_000
"""So many calls between layers a run makes at least: fewer, and this test has seen no run."""

ASKS_ITS_RUN = "injectors.kills:SimulatedKiller.look → engines.simulated.injection_world:World.ready"
"""The one known exception. To say whether a killed node answers again, its injector asks the run, which looks at its
clock: is it time to ask the node again? Live it is the same chain."""

Step = tuple[int, str]
"""A call's layer, counted from the top, and where it is: file and function."""


def layers() -> dict[str, int]:
    """The rows of the table in pyproject.toml, by the name of a file or package."""
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (table,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): number for number, row in enumerate(table) for name in row.split("|")}


ROWS = layers()


def climbs(chain: Iterable[Step]) -> list[str]:
    """Return the calls of a chain that go up, outermost first."""
    found, before = [], None
    for step in chain:
        if before is not None and step[0] < before[0]:
            found.append(f"{before[1]} → {step[1]}")
        before = step
    return found


def step_of(frame: FrameType) -> Step | None:
    """Return where a frame is; none outside the layers, as in the reference, which stands beside them."""
    package, _, below = frame.f_globals.get("__name__", "").partition(".")
    row = ROWS.get(below.partition(".")[0]) if package == "deadair" else None
    return None if row is None else (row, f"{below}:{frame.f_code.co_qualname}")


def outwards(frame: FrameType | None) -> Iterator[Step]:
    while frame is not None:
        if (step := step_of(frame)) is not None:
            yield step
        frame = frame.f_back


class Watcher:
    """A profiler that looks at each call from one layer to another."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        """How often a call went down, and up."""
        self.twice_up: set[tuple[str, ...]] = set()
        self.known: set[tuple[str, ...]] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or (here := step_of(frame)) is None:
            return
        caller = next(outwards(frame.f_back), None)
        if caller is None or caller[0] == here[0]:
            return
        self.calls["up" if here[0] < caller[0] else "down"] += 1
        if here[0] < caller[0]:
            up = climbs(reversed(list(outwards(frame))))
            if len(up) > 1:
                (self.known if up[0] == ASKS_ITS_RUN and len(up) == 2 else self.twice_up).add(tuple(up))


@pytest.fixture
def small() -> Scenario:
    scenario = load(REPOSITORY / "scenarios/smoke/kill.yaml")
    fleet = scenario.fleet.model_copy(update={"devices": 8})
    promises = scenario.promises.model_copy(update={"silences": 1})
    return scenario.model_copy(update={"fleet": fleet, "promises": promises})


def test_of_all_calls_of_a_run_and_its_judging_no_chain_goes_up_twice(small: Scenario, tmp_path: Path) -> None:
    watcher = Watcher()
    with watch(io.StringIO()) as show:
        before = sys.getprofile()
        sys.setprofile(watcher)
        try:
            run_one(small, RunOptions(engine="simulated"), tmp_path, "test", show)
        finally:
            sys.setprofile(before)
    assert watcher.twice_up == set()
    assert watcher.known, "the exception that nobody needs any more"
    assert watcher.calls["down"] > CALLS_MIN
    assert watcher.calls["up"] > CALLS_MIN


def test_a_chain_that_goes_up_twice_is_found() -> None:
    chain = [(2, "runner:a"), (16, "model:b"), (3, "engines:c"), (7, "fleet:d"), (3, "engines:e")]
    assert climbs(chain) == ["model:b → engines:c", "fleet:d → engines:e"]
    assert climbs(chain[:4]) == ["model:b → engines:c"]
