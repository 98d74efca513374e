"""What an engine is asked to run: a scenario on a target, into a folder that exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.faults.fault import Setting
from harness.model.progress import Progress
from harness.model.roster import Roster
from harness.model.run_folder import RunFolder
from harness.scenario.model import Entry, Scenario
from harness.targets.base import Target

Show = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Order:
    """One run to be made. ``defects`` are all of them, those of the profile too."""

    scenario: Scenario
    target: Target
    roster: Roster
    folder: RunFolder
    command: str
    profile: str | None
    defects: tuple[str, ...]
    toxiproxy: Path
    """A toxiproxy-server to start."""


def base_requests_per_s(scenario: Scenario) -> float:
    """Return what the fleet's own devices and phones send, per real-life second."""
    fleet = scenario.fleet
    uploads = fleet.devices / fleet.reading_every.total_seconds()
    return uploads + fleet.devices * fleet.followers_per_device / fleet.poll_every.total_seconds()


def setting_of(entry: Entry, scenario: Scenario, target: Target, cohorts: tuple[str, ...]) -> Setting:
    """Return what the fault of a timeline's line may know about its run."""
    return Setting(
        cohorts=cohorts,
        outer_links=frozenset(link.name for link in target.links if link.outer),
        base_requests_per_s=base_requests_per_s(scenario),
        lasts_s=entry.lasts.total_seconds(),
    )
