"""What a run has not shown is never a pass: whole nights in virtual time in which a fault changed nothing."""

from __future__ import annotations

from deadair.engines.run_plan import RunPlan
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS

CUT_BEFORE_A_DEAD_NODE = """
name: cut-before-a-dead-node
why: South's uplink is cut while the gateway behind it is dead all the time, so the cut changes nothing.
target: {name: reference, capacity: {store_rows_per_s: 33, gateway_requests_per_s: 20}}
seed: 17
speed: 45
fleet: {devices: 20, followers_per_device: 1, reading_every: 4m, poll_every: 1m, no_data_after: 10m,
        cohorts: {south: 40%, control: 20%}}
phases: {warm_up: 8m, storm: 30m, recovery: 12m}
timeline:
  - {at: 0m, lasts: 26m, where: gateway, fault: {kind: kill}}
  - {at: 6m, lasts: 15m, where: "uplink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
"""


def test_a_cut_of_a_link_whose_far_end_is_dead_is_not_proved() -> None:
    judgement = try_out(RunPlan.drawn(loads(CUT_BEFORE_A_DEAD_NODE, "cut.yaml"), TARGETS["reference"]))
    kill, cut = judgement.faults
    assert (kill.proved, cut.proved) == (True, False)
    assert "something else had silenced it" in cut.why
    assert judgement.verdict is Verdict.UNKNOWN
