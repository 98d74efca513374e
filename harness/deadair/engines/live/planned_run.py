"""What a runtime is told of a run before anything starts: what it would do to whom, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Callable

from deadair.engines.live.addresses import wall_limit_real_s
from deadair.engines.run_plan import RunPlan
from deadair.model.plural import count
from deadair.runtimes.allowance import Allowance
from deadair.runtimes.runtime import PlannedRun


def planned_run(plan: RunPlan, allowance: Allowance, note: Callable[[str], None]) -> PlannedRun:
    """Return it. ``note`` takes a sentence for whoever watches."""
    devices, phones = count(len(plan.roster.devices), "device"), count(len(plan.roster.phones), "phone")
    faults = [f"{entry.fault.name} at {entry.where}" for _, entry in plan.scenario.faults()]
    reach = f"{devices} upload and {phones} read, all with accounts of this run; faults: {', '.join(faults) or 'none'}"
    return PlannedRun(plan.target.runtime_needs, allowance, wall_limit_real_s(plan.scenario), reach, note)
