"""A small night in virtual time that passes, unless a crash is planted into it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from deadair.engines.run_plan import RunPlan
from deadair.model.judgement import Judgement
from deadair.scenario.load import loads
from deadair.targets.machine import Machine, Program
from deadair.targets.reference import Reference
from deadair.targets.target import Site

SCENARIO = loads(
    """
name: planted
why: A night so small that a crash can be planted anywhere in it.
target: {name: reference, capacity: {gateway_requests_per_s: 20, store_rows_per_s: 33}}
seed: 5
speed: 60
fleet: {devices: 3, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        cohorts: {south: 34%}}
phases: {warm_up: 8m, storm: 20m, recovery: 10m}
timeline:
  - {at: 0m, lasts: 18m, where: "downlink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: recovers, within: 8m}
""",
    "planted.yaml",
)
PLANTED_AT_S = 15.0
"""Seconds of the loop's clock after a part's start: a quarter of an hour later, early in the storm."""
PLANTED = "a crash that was planted"


class PlantedError(Exception):
    """What every planted crash raises."""

    def __init__(self) -> None:
        super().__init__(PLANTED)


@dataclass
class Planted:
    """A node of the service in which something is planted."""

    apps: Mapping[str, Any]
    run: Callable[[], Coroutine[Any, Any, None]]


class PlantedReference(Reference):
    """The reference, one node of which is built by ``plant`` from the good one."""

    def __init__(self, node: str, plant: Callable[[Program], Planted]) -> None:
        self._node = node
        self._plant = plant

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        good = super().program(node, machine, site)
        return self._plant(good) if good is not None and node == self._node else good


def beside(make: Callable[[], object], kept: list[object]) -> Callable[[Program], Planted]:
    """Return what makes something beside a node's own work, and keeps hold of it."""

    def plant(good: Program) -> Planted:
        async def run() -> None:
            kept.append(make())
            await good.run()

        return Planted(good.apps, run)

    return plant


def plan(target: Reference | None = None) -> RunPlan:
    return RunPlan.drawn(SCENARIO, target or Reference())


def told(judgement: Judgement) -> str:
    """Return all that the report says of trouble."""
    findings = [f"{finding.rule}: {finding.why}" for finding in judgement.findings]
    return "\n".join([judgement.why, *(doubt.what for doubt in judgement.doubts), *findings])
