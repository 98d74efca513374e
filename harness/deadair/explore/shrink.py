"""Makes a failing night small: fewer faults, shorter, fewer families, rounder times, as long as it fails the same way.

Greedy, on the scenario itself, so that any scenario can be made small, also one that nobody drew; see decision 24. Pure
but for what it is handed: ``fails`` runs a scenario and says whether the same rule is violated and nothing else is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import combinations

from deadair.model.clock import Deadline
from deadair.model.mixture import Mixture
from deadair.model.place import Place
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.dump import dump
from deadair.scenario.model import Entry, FleetSpec, Scenario
from deadair.scenario.validation import problems, vain
from deadair.targets.target import Target

Fails = Callable[[Scenario], bool]
ROUND_TO = tuple(timedelta(seconds=each) for each in (3600, 1800, 600, 300, 60, 30, 10))
"""What times are rounded to, the roundest first."""
BRIEF = tuple(timedelta(minutes=each) for each in (1, 5, 10, 20, 30))
"""How long a fault would best last, the shortest first."""
UNROUND_S = 600
"""A time that is one grain less round counts as so much longer."""
MIXED = ("followers_per_device", "no_data_after")
"""What may differ from family to family, or from phone to phone."""
FEW = 2
"""So many faults are enough to tell a story."""


def shrunk(scenario: Scenario, fails: Fails, targets: Mapping[str, Target], limit: Deadline) -> Scenario:
    """Return the smallest scenario that fails the same way and was found in time; it never grows.

    ``scenario`` is taken to fail. Each pass offers smaller ones, the boldest first; whatever fails is gone on from.
    """
    tried: set[str] = set()

    def first(offers: Iterator[Scenario]) -> Scenario | None:
        """Return the first of some smaller scenarios that fails; none is run twice."""
        for offer in offers:
            if limit.passed():
                return None
            if size(offer) >= size(scenario) or (text := dump(offer)) in tried:
                continue
            tried.add(text)
            if not problems(offer, targets) and not vain(offer) and fails(offer):
                return offer
        return None

    smaller = True
    while smaller and not limit.passed():
        smaller = False
        for offers in (_fewer_faults, _fewer_events, _shorter, _fewer_people, _plainer, _briefer, _rounder):
            while (found := first(offers(scenario))) is not None:
                scenario, smaller = found, True
    return scenario


def size(scenario: Scenario) -> tuple[int, int, int, int]:
    """Return how much there is to read in it: faults, people, whatever is not plain, time that is long or not round."""
    fleet, phases = scenario.fleet, scenario.phases
    plain = [entry.fault.model_fields_set - {"kind"} for entry in scenario.timeline]
    odd = [
        fleet.glucose != "usual",
        fleet.device_profile != "usual",
        *fleet.devices_with.shares,
        *(entry.where.cohort for entry in scenario.timeline),
    ]
    times = [time for entry in scenario.timeline for time in (entry.at, entry.lasts)]
    times += [event.at for event in scenario.people]
    return (
        len(scenario.timeline),
        fleet.phones,
        len(scenario.people)
        + len(fleet.cohorts)
        + _mixed(fleet)
        + len(scenario.target.capacity)
        + sum(map(len, plain))
        + sum(map(bool, odd)),
        sum(map(_cost, [*times, phases.storm, phases.recovery])),
    )


def _mixed(fleet: FleetSpec) -> int:
    """Return in how much its phones differ."""
    said = (fleet.realarm_every, fleet.second_patients, fleet.second_phones)
    return sum(len(getattr(fleet, name).parts) - 1 for name in MIXED) + sum(map(bool, said))


def _cost(time: timedelta) -> int:
    """Return how long a time is in seconds, and how far from round."""
    grains = [number for number, grain in enumerate(ROUND_TO) if not time % grain]
    return int(time.total_seconds()) + UNROUND_S * (grains[0] if grains else len(ROUND_TO))


def _fewer_faults(scenario: Scenario) -> Iterator[Scenario]:
    """Offer one fault alone, then two, then all but one."""
    faults = scenario.timeline
    for size in range(1, min(FEW + 1, len(faults))):
        for kept in combinations(faults, size):
            yield _with(scenario, timeline=kept)
    if len(faults) > FEW + 1:
        for left_out in range(len(faults)):
            yield _with(scenario, timeline=(*faults[:left_out], *faults[left_out + 1 :]))


def _fewer_events(scenario: Scenario) -> Iterator[Scenario]:
    """Offer a night in which nobody does anything, then one event, then all but one."""
    events = scenario.people
    if events:
        yield _with(scenario, people=())
        yield from (_with(scenario, people=(event,)) for event in events)
        yield from (_with(scenario, people=(*events[:number], *events[number + 1 :])) for number in range(len(events)))


def _shorter(scenario: Scenario) -> Iterator[Scenario]:
    """Offer a storm that ends with its last fault, faults that begin sooner, and a shorter recovery."""
    phases, faults = scenario.phases, scenario.timeline
    said = [event.at + ROUND_TO[-1] for event in scenario.people]
    over = max([*said, *(entry.at + entry.lasts for entry in faults)], default=phases.storm)
    for grain in ROUND_TO[2:]:
        if (storm := _up(over, grain)) < phases.storm:
            yield _with(scenario, phases=phases.model_copy(update={"storm": storm}))
    begins = [*(entry.at for entry in faults), *(event.at for event in scenario.people)]
    first = min(begins, default=timedelta())
    for sooner in (first, first / 2):
        if sooner := _down(sooner, ROUND_TO[-1]):
            moved = tuple(entry.model_copy(update={"at": entry.at - sooner}) for entry in faults)
            people = tuple(event.model_copy(update={"at": event.at - sooner}) for event in scenario.people)
            yield _with(scenario, timeline=moved, people=people)
    for number, entry in enumerate(faults):
        # Of its own, at once or right after the one before it: what lies between two faults may have no part in it.
        ends = [each.at + each.lasts for each in faults if each.at + each.lasts <= entry.at]
        for at in dict.fromkeys((timedelta(), max(ends, default=timedelta()))):
            if at < entry.at:
                yield _changed(scenario, number, at=at)
    for recovery in (phases.recovery / 2, phases.recovery * 3 / 4):
        yield _with(scenario, phases=phases.model_copy(update={"recovery": _up(recovery, ROUND_TO[3])}))


def _fewer_people(scenario: Scenario) -> Iterator[Scenario]:
    """Offer fewer families, one follower for each, and no cohorts that no fault names."""
    fleet = scenario.fleet
    named = {entry.where.cohort for entry in scenario.timeline}
    named |= {event.who for event in scenario.people if event.who in fleet.cohorts}
    if not named - {None}:
        yield _with(scenario, fleet=fleet.model_copy(update={"cohorts": {}}))
    needed = {name: share for name, share in fleet.cohorts.items() if name in named}
    yield _with(scenario, fleet=fleet.model_copy(update={"cohorts": needed}))
    for devices in (1, 2, 3, 4, 6, 8, 12):
        if devices < fleet.devices:
            yield _with(scenario, fleet=fleet.model_copy(update={"devices": devices}))
    for name in MIXED:
        for value in sorted(filter(None, getattr(fleet, name).values)):
            yield _with(scenario, fleet=fleet.model_copy(update={name: Mixture.of_all(value)}))
    yield _with(scenario, fleet=fleet.model_copy(update={"followers_per_device": Mixture.of_all(1)}))
    for name in ("second_phones", "second_patients", "realarm_every"):
        default = type(fleet).model_fields[name].default
        yield _with(scenario, fleet=fleet.model_copy(update={name: default}))


def _plainer(scenario: Scenario) -> Iterator[Scenario]:
    """Offer no limit on capacities, usual glucose, faults that strike everybody, and knobs as they are by default."""
    target, fleet = scenario.target, scenario.fleet
    for name in target.capacity:
        left = {other: each for other, each in target.capacity.items() if other != name}
        yield _with(scenario, target=target.model_copy(update={"capacity": left}))
    yield _with(scenario, fleet=fleet.model_copy(update={"glucose": "usual", "device_profile": "usual"}))
    habits = fleet.devices_with
    for fewer in (DeviceHabits(), *(habits.model_copy(update={habit: None}) for habit in habits.shares)):
        if fewer != habits:
            yield _with(scenario, fleet=fleet.model_copy(update={"devices_with": fewer}))
    for number, entry in enumerate(scenario.timeline):
        if entry.where.cohort is not None:
            yield _changed(scenario, number, where=Place(entry.where.name))
        for knob, field in type(entry.fault).model_fields.items():
            if knob != "kind" and knob in entry.fault.model_fields_set and not field.is_required():
                said = entry.fault.model_dump(include=entry.fault.model_fields_set - {knob})
                yield _changed(
                    scenario, number, fault=type(entry.fault).model_validate({**said, "kind": entry.fault.name})
                )


def _briefer(scenario: Scenario) -> Iterator[Scenario]:
    """Offer each fault for a few round times, then for half of its own, then for three quarters."""
    for lasts in BRIEF:
        for number, entry in enumerate(scenario.timeline):
            if lasts < entry.lasts:
                yield _changed(scenario, number, lasts=lasts)
    for share in (0.5, 0.75):
        for number, entry in enumerate(scenario.timeline):
            lasts = _down(entry.lasts * share, ROUND_TO[-1])
            if lasts:
                yield _changed(scenario, number, lasts=lasts)


def _rounder(scenario: Scenario) -> Iterator[Scenario]:
    """Offer each time rounded: the roundest first, and no time that is as round already."""
    for number, entry in enumerate(scenario.timeline):
        for key, time in (("at", entry.at), ("lasts", entry.lasts)):
            for grain in ROUND_TO:
                if not time % grain:
                    break
                for rounded in (_down(time, grain), _up(time, grain)):
                    if rounded or key == "at":
                        yield _changed(scenario, number, **{key: rounded})


def _with(scenario: Scenario, **parts: object) -> Scenario:
    return scenario.model_copy(update=parts)


def _changed(scenario: Scenario, number: int, **parts: object) -> Scenario:
    timeline: list[Entry] = list(scenario.timeline)
    timeline[number] = timeline[number].model_copy(update=parts)
    return _with(scenario, timeline=tuple(timeline))


def _down(time: timedelta, grain: timedelta) -> timedelta:
    return time // grain * grain


def _up(time: timedelta, grain: timedelta) -> timedelta:
    return -(-time // grain) * grain
