"""A small night in virtual time, for a process of its own: python -m tests.unit.small_night HISTORY SEED [PLANTED].

Writes the history's rows to a file and prints their hash. PLANTED names a leak to plant into the service.
"""

from __future__ import annotations

import sys
from pathlib import Path

from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated.engine import run_in_memory
from deadair.history.reader import History
from deadair.reference import wiring
from deadair.reference.env import Env
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS

SCENARIO = """
name: small-night
why: Six families, a partition, and a watchdog that dies, so that the sentinel has to speak.
target: {name: reference, capacity: {gateway_requests_per_s: 20, store_rows_per_s: 33}}
seed: 3
speed: 60
fleet: {devices: 6, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        cohorts: {south: 50%}}
phases: {warm_up: 8m, storm: 25m, recovery: 10m}
timeline:
  - {at: 0m, lasts: 20m, where: "downlink[south]", fault: {kind: partition}}
  - {at: 3m, lasts: 12m, where: watchdog, fault: {kind: kill}}
checks:
  - {kind: no_data_deadline, within: 5m}
"""


class SentinelBySet(Sentinel):
    """Takes its work in the order of a set of strings: another one under each hash seed."""

    async def _tell(self, follows: list[int], kind: str) -> set[int]:
        return await super()._tell([int(name) for name in {f"{follow}" for follow in follows}], kind)


def plan(seed: int) -> RunPlan:
    """Return what is to happen."""
    scenario = loads(SCENARIO, "small_night.py").model_copy(update={"seed": seed})
    return RunPlan.drawn(scenario, TARGETS["reference"])


def history_of(seed: int) -> History:
    """Run it and return its history."""
    history, _ = run_in_memory(plan(seed))
    return history


def _sentinel_by_set(env: Env, settings: Settings) -> wiring.ServiceNode:
    return SentinelBySet(env, settings)


def main(path: str, seed: str, planted: str = "") -> None:
    """Run it as the command line says."""
    if planted == "set-order":
        wiring.NODES["sentinel"] = _sentinel_by_set
    history = history_of(int(seed))
    history.rows.write_ipc(Path(path))
    sys.stdout.write(history.sha256() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
