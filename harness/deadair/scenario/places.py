"""Where faults can strike a target, and what of it a scenario may name: places, cohorts, capacities, alert paths.

Pure. Knows the model and what a target says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from deadair.documents.dialect import FieldPath
from deadair.documents.error_text import Problem, nearest
from deadair.faults.backlog import Backlog
from deadair.faults.fault import Fault, Strikes
from deadair.faults.overload import Overload
from deadair.faults.refuse import Refuse
from deadair.model.excerpt import excerpt
from deadair.model.place import PROVIDER, Place
from deadair.model.plural import count
from deadair.model.roster import DEVICE_SIDE, REST
from deadair.scenario.model import Entry, Scenario
from deadair.targets.target import Link, Target

UPLINK = "uplink"


def has_provider(target: Target) -> bool:
    """Say whether a target alerts by channels, so that ``PROVIDER`` is a place of it."""
    return bool(target.channels)


def kinds_of(target: Target) -> dict[str, Strikes]:
    """Return every place of a target, and what it is."""
    kinds: dict[str, Strikes] = dict.fromkeys(target.nodes, "node")
    kinds |= {link.name: "link" for link in target.links}
    return kinds | ({PROVIDER: "provider"} if has_provider(target) else {})


def misplaced(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse faults at places that the target lacks, or where a fault of that kind cannot strike."""
    links = {link.name: link for link in target.links}
    for number, entry in enumerate(scenario.timeline):
        what = _why_not(entry, scenario, target, links)
        if what:
            yield Problem(("timeline", number, "where"), what)


def _why_not(entry: Entry, scenario: Scenario, target: Target, links: Mapping[str, Link]) -> str | None:
    place, fault, kind = entry.where, entry.fault, entry.fault.name
    kinds = kinds_of(target)
    if place.name not in kinds:
        return _no_place(place.name, entry, target, kinds)
    if (found := kinds[place.name]) != fault.strikes:
        listed = ", ".join(f"`{name}`" for name, one in kinds.items() if one == fault.strikes) or "none, it has none"
        return f"`{place.name}` is a {found}, and {kind} strikes a {fault.strikes}; write one of {listed}"
    if (why := _senseless(fault, place, target)) is not None:
        return why
    return _no_cohort(place, scenario, links) if place.cohort is not None else None


def _senseless(fault: Fault, place: Place, target: Target) -> str | None:
    """Return why a fault of that kind is none at this very place, though it strikes places of that sort."""
    if isinstance(fault, Backlog) and str(place) != UPLINK:
        return f"a backlog comes from accounts in no cohort, by the devices' own way; write `{UPLINK}`"
    reached = sorted({link.leads_to for link in target.links if link.outer} & set(target.nodes))
    if isinstance(fault, Overload) and reached and place.name not in reached:
        return f"clients cannot reach `{place.name}`{nearest(place.name, reached)}"
    polled = any(one.channel == "poll" for one in target.channels)
    if place.name == PROVIDER and polled and not isinstance(fault, Refuse):
        return f"alerts of {target.name!r} stand in the answers to polls, and nobody hands them on; write `refuse`"
    return None


def _no_place(name: str, entry: Entry, target: Target, kinds: Mapping[str, Strikes]) -> str:
    if of_role := target.roles.get(name):
        listed = ", ".join(f"`{place}`" for place in of_role)
        return f"of {target.name!r} `{name}` is {listed}, and {entry.fault.name} strikes a {entry.fault.strikes}"
    what = f"the target {target.name!r} has no place {excerpt(name)}"
    return f"{what}{nearest(name, dict.fromkeys((*kinds, *target.roles)))}"


def _no_cohort(place: Place, scenario: Scenario, links: Mapping[str, Link]) -> str | None:
    if place.name != PROVIDER and (place.name not in links or not links[place.name].outer):
        outer = ", ".join(f"`{name}`" for name in (*(link.name for link in links.values() if link.outer), PROVIDER))
        return f"`{place.name}` carries no cohorts, only {outer} do; write `{place.name}`"
    cohorts = [*scenario.fleet.cohorts, *([REST] if sum(scenario.fleet.cohorts.values()) < 1 else [])]
    if place.cohort in scenario.fleet.second_phones:
        return f"second phones have no devices, so nobody uses `{place}`" if place.name in DEVICE_SIDE else None
    if place.cohort not in cohorts:
        return f"fleet.cohorts has no {excerpt(place.cohort)}{nearest(str(place.cohort), cohorts)}"
    return None


def beyond(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse a speed and a size that the target does not bear."""
    if scenario.speed > target.speed_max:
        what = f"the target {target.name!r} takes a speed of {target.speed_max:g} at the most; write that or less"
        yield Problem(("speed",), what)
    if scenario.fleet.devices > target.devices_max:
        what = f"the target {target.name!r} takes {count(target.devices_max, 'device')} at the most; write that or less"
        yield Problem(("fleet", "devices"), what)


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
