"""Where faults can strike a target, and what of it a scenario may name: places, cohorts, capacities, alert paths.

Pure. Knows the model and what a target says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from deadair.documents.dialect import FieldPath
from deadair.documents.error_text import Problem, nearest
from deadair.faults.backlog import Backlog
from deadair.faults.fault import Strikes
from deadair.faults.overload import Overload
from deadair.model.excerpt import excerpt
from deadair.model.place import Place
from deadair.model.roster import REST
from deadair.scenario.model import Entry, Scenario
from deadair.targets.target import Link, Target

UPLINK = "uplink"
PROVIDER = "push"
"""The push provider's place, where the target alerts by channels at all."""


def has_provider(target: Target) -> bool:
    """Say whether a target alerts by channels, so that ``PROVIDER`` is a place of it."""
    return bool(target.channels)


def misplaced(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse faults at places that the target lacks, or where a fault of that kind cannot strike."""
    links = {link.name: link for link in target.links}
    for number, entry in enumerate(scenario.timeline):
        what = _why_not(entry, scenario, target, links)
        if what:
            yield Problem(("timeline", number, "where"), what)


def _why_not(entry: Entry, scenario: Scenario, target: Target, links: Mapping[str, Link]) -> str | None:
    place, fault, kind = entry.where, entry.fault, entry.fault.name
    kinds: dict[str, Strikes] = {**dict.fromkeys(target.nodes, "node"), **dict.fromkeys(links, "link")}
    if has_provider(target):
        kinds[PROVIDER] = "provider"
    if place.name not in kinds:
        return f"the target {target.name!r} has no place {excerpt(place.name)}{nearest(place.name, tuple(kinds))}"
    if (found := kinds[place.name]) != fault.strikes:
        listed = ", ".join(f"`{name}`" for name, one in kinds.items() if one == fault.strikes) or "none, it has none"
        return f"`{place.name}` is a {found}, and {kind} strikes a {fault.strikes}; write one of {listed}"
    if isinstance(fault, Backlog) and str(place) != UPLINK:
        return f"a backlog comes from accounts in no cohort, by the devices' own way; write `{UPLINK}`"
    reached = sorted({link.leads_to for link in target.links if link.outer} & set(target.nodes))
    if isinstance(fault, Overload) and reached and place.name not in reached:
        return f"clients cannot reach `{place.name}`{nearest(place.name, reached)}"
    if place.cohort is not None:
        return _no_cohort(place, scenario, links)
    return None


def _no_cohort(place: Place, scenario: Scenario, links: Mapping[str, Link]) -> str | None:
    if place.name not in links or not links[place.name].outer:
        outer = ", ".join(f"`{link.name}`" for link in links.values() if link.outer)
        return f"`{place.name}` carries no cohorts, only {outer} do; write `{place.name}`"
    cohorts = [*scenario.fleet.cohorts, *([REST] if sum(scenario.fleet.cohorts.values()) < 1 else [])]
    if place.cohort not in cohorts:
        return f"fleet.cohorts has no {excerpt(place.cohort)}{nearest(str(place.cohort), cohorts)}"
    return None


def unknown_capacities(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse capacities that the target lacks."""
    for name in scenario.target.capacity:
        if name not in target.capacities:
            what = f"the target {target.name!r} has no such capacity{nearest(name, target.capacities)}"
            yield Problem(("target", "capacity", name), what, at_key=True)


def unknown_paths(where: FieldPath, names: Sequence[str], target: Target) -> Iterator[Problem]:
    """Refuse names of alert paths that the target lacks."""
    known, seen = [path.name for path in target.alert_paths], set[str]()
    for number, name in enumerate(names):
        if name in seen:
            yield Problem((*where, number), f"{excerpt(name)} is said twice; keep one")
            continue
        seen.add(name)
        if name not in known:
            what = f"the target {target.name!r} has no alert path {excerpt(name)}{nearest(name, known)}"
            yield Problem((*where, number), what)
