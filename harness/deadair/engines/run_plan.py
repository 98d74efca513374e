"""What an engine is asked to run: a scenario on a target, drawn out and into a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deadair.faults.fault import Setting
from deadair.fleet.roster import draw
from deadair.model.judgement import Subject
from deadair.model.phone_trace import Wish
from deadair.model.place import Place
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.runtimes.allowance import Allowance
from deadair.scenario.model import Entry, Scenario
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Target


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to happen. ``defects`` are all of them, those of the profile too."""

    scenario: Scenario
    target: Target
    roster: Roster
    defects: tuple[str, ...]

    @classmethod
    def drawn(cls, scenario: Scenario, target: Target, defects: Iterable[str] = ()) -> RunPlan:
        """Return a plan with everybody drawn from the scenario's seed. Raises ScenarioError for impossible shares."""
        return RunPlan(scenario, target, draw(scenario.fleet, seed=scenario.seed), tuple(sorted(defects)))


@dataclass(frozen=True, slots=True)
class RunOrder(RunPlan):
    """A plan to be carried out and kept in a folder, which exists."""

    folder: RunFolder
    command: str
    profile: str | None
    toxiproxy: Path | None = None
    """A toxiproxy-server to start, for an engine that needs one."""
    trace: Wish | None = None
    """Whom to follow, for an engine that can."""
    runtime_facts: Mapping[str, object] = field(default_factory=dict)
    """What whoever cleans up after the run has to know of the target's runtime, as ``RuntimeEntry.check`` said it."""
    allowance: Allowance = field(default_factory=Allowance)
    """What a person has allowed that is refused otherwise."""


def subject_of(plan: RunPlan) -> Subject:
    """Return which build is under test; the hash leaves out the addresses it happens to get."""
    spec = plan.scenario.target
    configuration: dict[str, object] = {
        "target": spec.name,
        "capacity": dict(sorted(spec.capacity.items())),
        "speed": plan.scenario.speed,
        "defects": sorted(plan.defects),
    }
    target = plan.target
    if target.sha256:
        configuration |= {"target_file": target.sha256, "handed_on": target.handed_on().sha256()}
    sha256 = hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()
    nodes = ", ".join(target.nodes)
    return Subject(version=target.version(), command=f"{spec.name}: {nodes}", configuration_sha256=sha256)


def times_of(scenario: Scenario) -> ServiceTimes:
    """Return the times that a service is told of."""
    fleet = scenario.fleet
    return ServiceTimes(
        no_data_after_s=fleet.shortest_delay.total_seconds(),
        reading_every_s=fleet.reading_every.total_seconds(),
        poll_every_s=fleet.poll_every.total_seconds(),
        session_lasts_s=None if (lasts := scenario.target.session_lasts) is None else lasts.total_seconds(),
    )


def setting_of(entry: Entry, scenario: Scenario, target: Target, roster: Roster) -> Setting:
    """Return what the fault of a timeline's line may know about its run."""
    outer = frozenset(link.name for link in target.links if link.outer)
    return Setting(
        cohorts=roster.cohorts,
        outer_links=outer,
        base_requests_per_s=scenario.fleet.requests_per_s,
        lasts_s=entry.lasts.total_seconds(),
        idle=frozenset(Place(link, cohort) for link in outer for cohort in set(roster.cohorts) - roster.uses(link)),
    )
