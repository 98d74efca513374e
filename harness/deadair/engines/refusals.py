"""Refuses a plan that holds a break nobody can make, or nobody can undo. Before anything starts; starts nothing."""

from __future__ import annotations

from deadair.engines.run_plan import RunPlan, setting_of
from deadair.injectors.catalogue import entry_of, why_unknown
from deadair.injectors.injector import Break
from deadair.model.errors import ScenarioError
from deadair.scenario.wall_clock import UTC

CATALOGUE = "harness/deadair/injectors/catalogue.py"


def refuse_breaks(plan: RunPlan, *, live: bool) -> None:
    """Raise ScenarioError with a line for each fault whose breaks cannot be made in this engine, or not be undone.

    In virtual time nothing has to be undone: what is broken there does not outlive the run. And for an hour of the day
    that a live run has not.
    """
    if live:
        _refuse_wall_clock(plan)
    refused = []
    for fault_id, entry in plan.scenario.faults():
        setting = setting_of(entry, plan.scenario, plan.target, plan.roster)
        whys = (_against(broken, live=live) for broken in entry.fault.breaks(entry.where, setting))
        if (why := next((why for why in whys if why is not None), None)) is not None:
            refused.append(f"{plan.scenario.name}: {fault_id} at {entry.where}: {why}")
    if refused:
        raise ScenarioError("\n".join(refused))


def _refuse_wall_clock(plan: RunPlan) -> None:
    """Raise ScenarioError for an hour or a time zone that a live run has not: no clock is faked there."""
    scenario = plan.scenario
    said = [name for name in ("begins", "time_zone") if name in scenario.model_fields_set]
    if scenario.begins is not None or scenario.time_zone != UTC:
        what = f"{scenario.name}: {' and '.join(said)}: a live run has the clock of this machine, which nobody sets"
        raise ScenarioError(f"{what}; use --engine simulated, or leave it out")


def _against(broken: Break, *, live: bool) -> str | None:
    """Return why a break is refused, none if it is not."""
    what = f"{broken.action} by {broken.injector}"
    entry = entry_of(broken)
    if entry is None:
        return f"{why_unknown(broken)}; add it to {CATALOGUE}, or take the fault out"
    if not live:
        return f"{what} has no form in virtual time: use --engine live" if entry.simulated is None else None
    if entry.live is None:
        return f"{what} has no form in a live run: use --engine simulated"
    if not entry.can_be_undone:
        return (
            f"{what}: a live run refuses a break that the guardian cannot undo; "
            f"give its injector an undo in {CATALOGUE}, or use --engine simulated"
        )
    return None
