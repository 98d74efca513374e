"""What several files of these tests begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.faults.fault import Proof, Sighting
from deadair.faults.partition import Partition
from deadair.reporting import charts
from tests.unit.runner_stand_in import Runner, standing_in
from tests.unit.simulated_world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World(delay_s=0.25)
    yield made
    made.loop.abandon()
    assert made.loop.crashes == []


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.abandon()


@pytest.fixture
def threads() -> GreenThreads:
    return GreenThreads(VirtualLoop())


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    return standing_in(monkeypatch)


@pytest.fixture
def _quick_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawing engine out, where a test is not about the charts."""
    monkeypatch.setattr(charts, "svg", lambda spec, label: "<svg></svg>")


@pytest.fixture
def partitions_proved_by_one_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging must not depend on what a partition's own signature is made of."""

    def prove(_: Partition, sightings: Sequence[Sighting]) -> Proof:
        stalled = {sighting.when: sighting.look.facts["stalled"] for sighting in sightings}
        return Proof(bool(stalled["during"]), not stalled["after"], "bytes stalled, then flowed")

    monkeypatch.setattr(Partition, "prove", prove)
