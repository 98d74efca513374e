"""Whether the durations of a scenario fit each other: T, the limits of rules and the phases, against the fleet's own.

What is refused here could prove nothing; what is warned of will fail or stay unknown. Each says its sum.
Pure. Knows the model and how devices hand in; no target.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from deadair.documents.error_text import Problem
from deadair.faults.partition import Partition
from deadair.fleet.devices.uploader_profile import PROFILES
from deadair.model.duration import show
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.recovers import Recovers
from deadair.rules.status_published import StatusPublished
from deadair.scenario.model import FleetSpec, Phases, Scenario
from deadair.scenario.places import UPLINK

STEADY_FOR = timedelta(minutes=2)
"""How long all must have been well before a storm may begin."""


def patience(fleet: FleetSpec) -> timedelta:
    """Return how long a device waits after a failed upload, whatever the service asked."""
    return timedelta(microseconds=PROFILES[fleet.device_profile].back_off_us or 0)


def impossible_phases(scenario: Scenario) -> Iterator[Problem]:
    """Refuse phases that cannot hold what a run waits for in them."""
    phases = scenario.phases
    if 2 * phases.warm_up < STEADY_FOR:
        what = f"{show(phases.warm_up)} is too short: twice that must hold a steady state of {show(STEADY_FOR)}"
        yield Problem(("phases", "warm_up"), f"{what}; write {show(STEADY_FOR / 2)} or more")
    for number, rule in enumerate(scenario.checks):
        if isinstance(rule, Recovers) and rule.within > phases.recovery:
            what = f"{show(rule.within)} is longer than phases.recovery, so it could not be waited for"
            yield Problem(("checks", number, "within"), f"{what}; write {show(phases.recovery)} or less")


def vain_durations(scenario: Scenario) -> Iterator[Problem]:
    """Refuse a T and limits with which a pass or a fail would say nothing of the service."""
    yield from _no_data_after(scenario)
    yield from _warm_up(scenario)
    for number, rule in enumerate(scenario.checks):
        where = ("checks", number, "within")
        if isinstance(rule, Recovers):
            yield from (Problem(where, what) for what in _recovery(rule.within, scenario))
        elif isinstance(rule, NoDataDeadline | StatusPublished) and rule.within > _run(scenario.phases):
            what = f"{show(rule.within)} is longer than the run: {_run_sum(scenario.phases)}"
            yield Problem(where, f"{what}, so its limit would never come; write a shorter limit or lengthen the phases")


def doubtful_durations(scenario: Scenario) -> Iterator[Problem]:
    """Warn of durations with which a run will fail or stay unknown, however good the service is."""
    fleet, phases = scenario.fleet, scenario.phases
    first = fleet.reading_every + fleet.poll_every + STEADY_FOR
    if phases.warm_up >= fleet.reading_every and 2 * phases.warm_up < first:
        what = (
            f"there may be no steady state: the storm waits for one at most 2 × {show(phases.warm_up)} = "
            f"{show(2 * phases.warm_up)}, and reading_every + poll_every + a steady state of {show(STEADY_FOR)} = "
            f"{show(fleet.reading_every)} + {show(fleet.poll_every)} + {show(STEADY_FOR)} = {show(first)}"
        )
        yield Problem(("phases", "warm_up"), f"{what}; write at least {show(first / 2)}")
    if fleet.shortest_delay < (waits := patience(fleet)):
        what = (
            f"T = {show(fleet.shortest_delay)} is less than the {show(waits)} that a `{fleet.device_profile}` device "
            "waits after one failed upload: its phones then go blind, however good the service is"
        )
        yield Problem(("fleet", "no_data_after"), f"{what}; write at least {show(waits)}")
    yield from _late_limit(scenario)
    yield from _slow_devices(scenario)


def _no_data_after(scenario: Scenario) -> Iterator[Problem]:
    fleet = scenario.fleet
    where = ("fleet", "no_data_after")
    least = fleet.reading_every + 2 * fleet.poll_every
    if fleet.shortest_delay <= least:
        yield Problem(
            where,
            f"T = {show(fleet.shortest_delay)} is not more than reading_every + 2 × poll_every = "
            f"{show(fleet.reading_every)} + 2 × {show(fleet.poll_every)} = {show(least)}: a phone that misses one poll "
            f"would be blind in fair weather; write more than {show(least)}",
        )
    elif fleet.shortest_delay > _run(scenario.phases):
        yield Problem(
            where,
            f"T = {show(fleet.shortest_delay)} is longer than the run: {_run_sum(scenario.phases)}, so nobody could go "
            "blind in it; write a shorter T or lengthen the phases",
        )


def _warm_up(scenario: Scenario) -> Iterator[Problem]:
    warm_up, every = scenario.phases.warm_up, scenario.fleet.reading_every
    if warm_up < every:
        what = (
            f"{show(warm_up)} is less than reading_every = {show(every)}: some devices would not have measured by then"
        )
        yield Problem(("phases", "warm_up"), f"{what}; write {show(every)} or more")


def _recovery(within: timedelta, scenario: Scenario) -> Iterator[str]:
    """Yield why nobody could have recovered by then: a device hands in with its next reading, and a phone polls."""
    fleet = scenario.fleet
    least = fleet.reading_every + fleet.poll_every
    sum_ = f"reading_every + poll_every = {show(fleet.reading_every)} + {show(fleet.poll_every)} = {show(least)}"
    if within < least:
        what = f"{show(within)} is less than {sum_}, and until then a phone may be blind, however good the service is"
        yield f"{what}; write at least {show(least)}{_longer_recovery(least, scenario)}"
    elif within < (waits := patience(fleet)) and _uploads_fail(scenario):
        least += waits
        yield (
            f"{show(within)} is less than the {show(waits)} that a `{fleet.device_profile}` device waits after a failed"
            f" upload; with reading_every + poll_every write at least {show(least)}{_longer_recovery(least, scenario)}"
        )


def _slow_devices(scenario: Scenario) -> Iterator[Problem]:
    """Warn of a recovery that devices may still wait in: after a failure, and then for their next reading."""
    fleet, waits = scenario.fleet, patience(scenario.fleet)
    least = waits + fleet.reading_every + fleet.poll_every
    for number, rule in enumerate(scenario.checks):
        if isinstance(rule, Recovers) and waits and waits <= rule.within < least and _uploads_may_fail(scenario):
            what = (
                f"{show(rule.within)} is less than a `{fleet.device_profile}` device's wait after a failure + "
                f"reading_every + poll_every = {show(waits)} + {show(fleet.reading_every)} + {show(fleet.poll_every)}"
                f" = {show(least)}, and until then a phone may be blind, however good the service is"
            )
            advice = f"write at least {show(least)}{_longer_recovery(least, scenario)}"
            yield Problem(("checks", number, "within"), f"{what}; {advice}")


def _late_limit(scenario: Scenario) -> Iterator[Problem]:
    """Warn of limits that all come after the end. A phone shows no older reading than a fair-weather one at first."""
    fleet, phases = scenario.fleet, scenario.phases
    limit = scenario.deadline.within
    until = fleet.shortest_delay + limit - fleet.reading_every - fleet.poll_every
    left = phases.storm + phases.recovery
    if scenario.silences_promised and fleet.shortest_delay <= _run(phases) and limit <= _run(phases) and until > left:
        what = (
            "no promised silence could be judged: its limit comes no sooner after the start of the storm than "
            f"T + L - reading_every - poll_every = {show(fleet.shortest_delay)} + {show(limit)} - "
            f"{show(fleet.reading_every)} - {show(fleet.poll_every)} = {show(until)}, and "
            f"storm + recovery = {show(phases.storm)} + {show(phases.recovery)} = {show(left)}"
        )
        yield Problem(("phases", "recovery"), f"{what}; lengthen it by at least {show(until - left)}")


def _uploads_fail(scenario: Scenario) -> bool:
    """Say whether a fault keeps devices from handing in: a partition of their way."""
    return any(isinstance(entry.fault, Partition) and entry.where.name == UPLINK for entry in scenario.timeline)


def _uploads_may_fail(scenario: Scenario) -> bool:
    """Say whether a fault may keep devices from handing in: one on their way, or at a node."""
    return any(entry.fault.strikes == "node" or entry.where.name == UPLINK for entry in scenario.timeline)


def _longer_recovery(least: timedelta, scenario: Scenario) -> str:
    return "" if least <= scenario.phases.recovery else ", and phases.recovery as well"


def _run(phases: Phases) -> timedelta:
    return phases.warm_up + phases.storm + phases.recovery


def _run_sum(phases: Phases) -> str:
    parts = " + ".join(show(part) for part in (phases.warm_up, phases.storm, phases.recovery))
    return f"warm_up + storm + recovery = {parts} = {show(_run(phases))}"
