"""What fleet and load processes are told, from an order. Pure."""

from __future__ import annotations

from deadair.engines.run_plan import RunPlan
from deadair.faults.backlog import Backlog
from deadair.faults.overload import Overload
from deadair.fleet.process.fleet_plan import FleetPlan, LivesPlan, LoadPlan
from deadair.fleet.roster import load_accounts
from deadair.model.duration import in_us
from deadair.scenario.habit_checks import lives_from, lives_until
from deadair.scenario.model import Entry, Scenario

LOAD_READY_LIMIT_S = 75.0
"""Real seconds that a load may need to log all of its accounts in."""


def fleet_plan(order: RunPlan) -> FleetPlan:
    """Return the plan of devices, phones and every load fault."""
    scenario = order.scenario
    base = scenario.fleet.requests_per_s
    loads = (_load_plan(fault_id, entry, base) for fault_id, entry in scenario.faults())
    return FleetPlan(
        target=scenario.target.name,
        target_folder=order.target.folder,
        target_sha256=order.target.sha256,
        defects=order.defects,
        speed=scenario.speed,
        seed=scenario.seed,
        reading_every_us=in_us(scenario.fleet.reading_every),
        poll_every_us=in_us(scenario.fleet.poll_every),
        device_profile=scenario.fleet.device_profile,
        glucose=scenario.fleet.glucose,
        lives=_lives_plan(scenario),
        limit_us=in_us(scenario.deadline.within),
        load=tuple(load for load in loads if load is not None),
        channels=order.target.channels,
    )


def _lives_plan(scenario: Scenario) -> LivesPlan:
    return LivesPlan(
        shares=scenario.fleet.devices_with.shares,
        from_us=in_us(lives_from(scenario)),
        until_us=in_us(lives_until(scenario)),
    )


def _load_plan(fault_id: str, entry: Entry, base_requests_per_s: float) -> LoadPlan | None:
    """Return the plan of one load fault; none for a fault that sends nothing."""
    fault = entry.fault
    if not isinstance(fault, Backlog | Overload):
        return None
    return LoadPlan(
        fault_id=fault_id,
        kind=fault.kind,
        where=str(entry.where),
        amount=fault.readings if isinstance(fault, Backlog) else fault.times,
        lasts_us=in_us(entry.lasts),
        base_requests_per_s=base_requests_per_s,
        accounts=load_accounts(fault_id, fault.accounts_needed),
    )
