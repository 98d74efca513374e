"""Whether a well-formed scenario makes sense: with itself, its target, and how far time can be compressed.

Pure. Knows the model and what a target says of itself; neither YAML nor files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations

from deadair.faults.backlog import Backlog
from deadair.faults.fault import Strikes
from deadair.faults.overload import Overload
from deadair.faults.refuse import Refuse
from deadair.fleet.roster import members_of
from deadair.model.duration import show
from deadair.model.place import Place
from deadair.model.roster import REST
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.recovers import Recovers
from deadair.scenario.error_text import FieldPath, Problem, excerpt, nearest
from deadair.scenario.model import Entry, Scenario
from deadair.targets.target import Link, Target

REAL_SECONDS_PER_READING_MIN = 1
"""The stamps of the devices' protocol are whole seconds."""
UPLINK = "uplink"
PROVIDER = "push"
"""The push provider's place, where the target sends pushes at all."""
STEADY_FOR = timedelta(minutes=2)
"""How long all must have been well before a storm may begin."""
SILENCES_PER_PHONE_MAX = 10
"""No storm that fits into a run blinds a phone anew more often."""


def problems(scenario: Scenario, targets: Mapping[str, Target]) -> tuple[Problem, ...]:
    """Return everything about the scenario that cannot be run or could prove nothing."""
    target = targets.get(scenario.target.name)
    found = [
        *_fleet(scenario),
        *_phases(scenario),
        *_promises(scenario),
        *_timeline(scenario),
        *_checks(scenario),
        *_compression(scenario),
    ]
    if target is None:
        what = f"unknown target {excerpt(scenario.target.name)}{nearest(scenario.target.name, targets)}"
        return (*found, Problem(("target", "name"), what))
    return (
        *found,
        *_capacity(scenario, target),
        *_budget(scenario, target),
        *_places(scenario, target),
        *_alert_paths(scenario, target),
    )


def has_provider(target: Target) -> bool:
    """Say whether a target sends pushes, so that ``PROVIDER`` is a place of it."""
    return any(link.leads_to == PROVIDER for link in target.links)


def _fleet(scenario: Scenario) -> Iterator[Problem]:
    fleet = scenario.fleet
    total = round(sum(fleet.cohorts.values()), 6)
    if total > 1:
        yield Problem(("fleet", "cohorts"), f"the shares add up to {total * 100:g}%; make them 100% or less")
    else:
        members = members_of(fleet)
        for name, share in fleet.cohorts.items():
            if not members[name]:
                what = f"{share * 100:g}% of {fleet.devices} devices is none of them; write a larger share"
                yield Problem(("fleet", "cohorts", name), what)
    if fleet.no_data_after <= fleet.reading_every + fleet.poll_every:
        least = show(fleet.reading_every + fleet.poll_every)
        what = f"{show(fleet.no_data_after)} makes every phone blind in fair weather; write more than {least}"
        yield Problem(("fleet", "no_data_after"), f"{what} (reading_every + poll_every)")


def _phases(scenario: Scenario) -> Iterator[Problem]:
    warm_up = scenario.phases.warm_up
    if 2 * warm_up < STEADY_FOR:
        what = f"{show(warm_up)} is too short: twice that must hold a steady state of {show(STEADY_FOR)}"
        yield Problem(("phases", "warm_up"), f"{what}; write {show(STEADY_FOR / 2)} or more")


def _promises(scenario: Scenario) -> Iterator[Problem]:
    phones = scenario.fleet.devices * scenario.fleet.followers_per_device
    most = phones * SILENCES_PER_PHONE_MAX
    if scenario.promises.silences > most:
        what = f"{scenario.promises.silences} silences are more than {phones} phones can have; write {most} or less"
        yield Problem(("promises", "silences"), what)


def _timeline(scenario: Scenario) -> Iterator[Problem]:
    storm = scenario.phases.storm
    for number, entry in enumerate(scenario.timeline):
        ends = entry.at + entry.lasts
        if ends > storm:
            what = f"ends at {show(ends)}, after the storm's end at {show(storm)}"
            if entry.at < storm:
                yield Problem(("timeline", number, "lasts"), f"{what}; write {show(storm - entry.at)} or less")
            else:
                yield Problem(("timeline", number, "at"), f"{what}; begin it earlier or lengthen phases.storm")
    numbered = list(enumerate(scenario.timeline))
    for (first, one), (second, other) in combinations(numbered, 2):
        if _collide(one, other):
            what = f"overlaps f{first + 1}, which is the same kind of fault on the same place"
            yield Problem(("timeline", second), f"{what}; join them or move one")


def _collide(one: Entry, other: Entry) -> bool:
    same_place = one.where.name == other.where.name and (
        one.where.cohort is None or other.where.cohort is None or one.where.cohort == other.where.cohort
    )
    together = one.at < other.at + other.lasts and other.at < one.at + one.lasts
    return same_place and together and type(one.fault) is type(other.fault)


def _checks(scenario: Scenario) -> Iterator[Problem]:
    seen = set()
    for number, rule in enumerate(scenario.checks):
        if type(rule) in seen:
            yield Problem(("checks", number), "the same rule twice; keep one")
        seen.add(type(rule))
        recovery = scenario.phases.recovery
        if isinstance(rule, Recovers) and rule.within > recovery:
            what = f"{show(rule.within)} is longer than phases.recovery, so it could not be waited for"
            yield Problem(("checks", number, "within"), f"{what}; write {show(recovery)} or less")


def _alert_paths(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse paths that the target lacks, and a deadline that only pushes could keep while none goes through."""
    yield from _unknown_paths(("promises", "alert_paths"), scenario.promises.alert_paths, target)
    for number, rule in enumerate(scenario.checks):
        if not isinstance(rule, NoDataDeadline):
            continue
        where = ("checks", number, "alert_paths")
        yield from _unknown_paths(where, rule.alert_paths or (), target)
        by_themselves = [path.name for path in target.alert_paths if not path.through_gateway]
        if not set(by_themselves) & set(rule.accepted(target.alert_paths)):
            for faults, lasts in _outages(scenario):
                if lasts >= rule.within:
                    what = f"{faults} {show(lasts)}, and nothing goes through `{PROVIDER}` meanwhile"
                    advice = "".join(f"add `{name}`, or " for name in by_themselves[:1])
                    yield Problem(where, f"{what}; {advice}let it be shorter")


def _unknown_paths(where: FieldPath, names: Sequence[str], target: Target) -> Iterator[Problem]:
    known = [path.name for path in target.alert_paths]
    for number, name in enumerate(names):
        if name not in known:
            what = f"the target {target.name!r} has no alert path {excerpt(name)}{nearest(name, known)}"
            yield Problem((*where, number), what)


def _outages(scenario: Scenario) -> Iterator[tuple[str, timedelta]]:
    """Yield which faults keep the provider from taking anything, and how long; those that touch are one.

    Whoever was asked to wait just before the end comes again as late as that.
    """
    outages: list[tuple[list[str], timedelta, timedelta]] = []
    for fault_id, entry in sorted(scenario.faults(), key=lambda fault: fault[1].at):
        if isinstance(entry.fault, Refuse):
            ids, begins, ends = [fault_id], entry.at, entry.at + entry.lasts + (entry.fault.retry_after or timedelta())
            if outages and begins <= outages[-1][2]:
                before, begins, ended = outages.pop()
                ids, ends = [*before, *ids], max(ends, ended)
            outages.append((ids, begins, ends))
    for ids, begins, ends in outages:
        yield f"{' and '.join(ids)} {'last' if len(ids) > 1 else 'lasts'}", ends - begins


def _compression(scenario: Scenario) -> Iterator[Problem]:
    real_s = scenario.fleet.reading_every.total_seconds() / scenario.speed
    if real_s < REAL_SECONDS_PER_READING_MIN:
        fastest = scenario.fleet.reading_every.total_seconds() / REAL_SECONDS_PER_READING_MIN
        what = f"at {scenario.speed:g} a device measures every {real_s:.2g} real s, finer than its stamps"
        yield Problem(("speed",), f"{what}; write {fastest:g} or less")


def _budget(scenario: Scenario, target: Target) -> Iterator[Problem]:
    limit = scenario.deadline.within
    budget_s = target.detection_budget_s(scenario.speed)
    if budget_s > limit.total_seconds() / 2:
        what = (
            f"at {scenario.speed:g} the target {target.name!r} may need {_show_s(budget_s)} to notice a dead "
            f"part, more than half of the limit of {show(limit)}"
        )
        yield Problem(("speed",), f"{what}; write a lower speed (`deadair doctor` shows the budgets)")


def _show_s(seconds: float) -> str:
    """Write seconds as a duration."""
    return show(timedelta(seconds=round(seconds)))


def _capacity(scenario: Scenario, target: Target) -> Iterator[Problem]:
    for name in scenario.target.capacity:
        if name not in target.capacities:
            what = f"the target {target.name!r} has no such capacity{nearest(name, target.capacities)}"
            yield Problem(("target", "capacity", name), what, at_key=True)


def _places(scenario: Scenario, target: Target) -> Iterator[Problem]:
    links = {link.name: link for link in target.links}
    for number, entry in enumerate(scenario.timeline):
        what = _misplaced(entry, scenario, target, links)
        if what:
            yield Problem(("timeline", number, "where"), what)


def _misplaced(entry: Entry, scenario: Scenario, target: Target, links: Mapping[str, Link]) -> str | None:
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
        return _cohort(place, scenario, links)
    return None


def _cohort(place: Place, scenario: Scenario, links: Mapping[str, Link]) -> str | None:
    if place.name not in links or not links[place.name].outer:
        outer = ", ".join(f"`{link.name}`" for link in links.values() if link.outer)
        return f"`{place.name}` carries no cohorts, only {outer} do; write `{place.name}`"
    cohorts = [*scenario.fleet.cohorts, *([REST] if sum(scenario.fleet.cohorts.values()) < 1 else [])]
    if place.cohort not in cohorts:
        return f"fleet.cohorts has no {excerpt(place.cohort)}{nearest(str(place.cohort), cohorts)}"
    return None
