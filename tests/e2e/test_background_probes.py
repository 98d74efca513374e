"""A node that hangs delays nothing but itself: a live run asks each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines.early_end import AbortedError
from deadair.engines.live.run_processes import THREADS
from deadair.engines.probes import Probes
from deadair.history.recorder import Recorder
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.target import Site, Target

pytestmark = pytest.mark.live

ONE = Roster((Device(0, "rest", "a", 0.0),), ())


class Hanging:
    """A target of which one node, the backlog and the store answer nothing before they are let go."""

    nodes = ("gateway", "sentinel")

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked: list[str] = []

    def why_not_ready(self, node: str, site: Site) -> str:
        self.asked.append(node)
        return "" if node != "sentinel" or self.let_go.wait(30) else "it hangs"

    def backlog(self, site: Site) -> int:
        self.let_go.wait(30)
        return 7

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        self.let_go.wait(30)
        return ()


@pytest.fixture
def target() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.let_go.set()


@pytest.fixture
def probes(target: Hanging, tmp_path: Path) -> Iterator[Probes]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as recorder:
        yield Probes(cast(Target, target), cast(Site, None), recorder, THREADS)


def test_a_node_that_hangs_delays_no_turn_and_no_other_node(probes: Probes, target: Hanging) -> None:
    limit, longest_s = Deadline.after(20), 0.0
    while target.asked.count("gateway") < 3:
        assert not limit.passed()
        began = Deadline.after(10)
        probes.ask()
        longest_s = max(longest_s, 10 - began.left_s())
        pause(0.01)
    assert longest_s < 0.5
    assert target.asked.count("sentinel") == 1, "it is not asked again before it has answered"
    assert probes.ready == {"gateway": True, "sentinel": False}


def test_the_end_of_a_run_can_be_asked_for_while_a_store_hangs(probes: Probes) -> None:
    def check() -> None:
        raise AbortedError("enough")

    began = Deadline.after(10)
    with pytest.raises(AbortedError):
        probes.ask_stored(ONE, check)
    assert 10 - began.left_s() < 1.0
