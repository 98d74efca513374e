"""Whether a well-formed envelope makes sense: with itself and with its target. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from pydantic import ValidationError

from deadair.documents.error_text import Problem, nearest
from deadair.documents.strict import of_model
from deadair.explore.envelope import Envelope, FaultRange
from deadair.explore.fault_choices import KINDS, fault_of, silencers
from deadair.explore.fleet_draw import leaves_room
from deadair.model.duration import show
from deadair.model.excerpt import excerpt
from deadair.scenario.load import DIALECT as SCENARIOS
from deadair.scenario.model import Entry, FleetSpec, Phases, Scenario, TargetSpec
from deadair.scenario.places import kinds_of, misplaced, unknown_paths
from deadair.scenario.validation import problems as problems_of_scenario
from deadair.targets.target import Target


def problems(envelope: Envelope, targets: Mapping[str, Target]) -> tuple[Problem, ...]:
    """Return everything about the envelope for which no night can be drawn in it."""
    target = targets.get(envelope.target)
    if target is None:
        what = f"unknown target {excerpt(envelope.target)}{nearest(envelope.target, targets)}"
        return (Problem(("target",), what),)
    if not target.simulated:
        return (Problem(("target",), f"{envelope.target!r} cannot be simulated, and nights are run in virtual time"),)
    calm = _calm(envelope)
    if calm is None:
        longest = show(max(envelope.fleet.no_data_after))
        what = f"no T of them, up to {longest}, is more than a reading_every + 2 × a poll_every; write a longer one"
        return (Problem(("fleet", "no_data_after"), what),)
    found = [*_paths(envelope, target), *_of_scenario(calm, targets), *_late_work(envelope)]
    for number, each in enumerate(envelope.faults.kinds):
        found += _kind(each, ("faults", "kinds", number), calm, target)
    if not found and not silencers(envelope, target):
        what = f"none of them can keep readings from a phone for longer than {show(min(envelope.fleet.no_data_after))}"
        found.append(Problem(("faults", "kinds"), f"{what}, so nobody would go blind; add a partition of `uplink`"))
    return tuple(found)


def _calm(envelope: Envelope) -> Scenario | None:
    """Return a night of the envelope in which nothing breaks; none if T is too short in all of them."""
    fleet, phases = envelope.fleet, envelope.phases
    for reading, poll, delay in product(fleet.reading_every, fleet.poll_every, fleet.no_data_after):
        spec = FleetSpec(
            devices=fleet.devices.most,
            followers_per_device=max(1, min(10, fleet.followers_per_device.most)),
            reading_every=reading,
            poll_every=poll,
            no_data_after=delay,
        )
        if leaves_room(reading, poll, delay):
            return Scenario(
                name="calm",
                why="Nothing breaks.",
                target=TargetSpec(
                    name=envelope.target,
                    capacity={name: each.most for name, each in envelope.capacity_per_device.items()},
                ),
                seed=0,
                speed=envelope.speed,
                fleet=spec,
                phases=Phases(warm_up=phases.warm_up, storm=phases.storm.most, recovery=phases.recovery),
                timeline=(),
                checks=envelope.checks,
            )
    return None


def _of_scenario(calm: Scenario, targets: Mapping[str, Target]) -> Iterator[Problem]:
    """Yield what is wrong with every night, where the envelope says it."""
    for problem in problems_of_scenario(calm, targets):
        path = (
            ("capacity_per_device", *problem.path[2:]) if problem.path[:2] == ("target", "capacity") else problem.path
        )
        yield replace(problem, path=path)


def _late_work(envelope: Envelope) -> Iterator[Problem]:
    late, known = envelope.faults.late_work, envelope.capacity_per_device
    if late is not None and late.capacity not in known:
        what = f"capacity_per_device does not say how large {excerpt(late.capacity)} is{nearest(late.capacity, known)}"
        yield Problem(("faults", "late_work", "capacity"), what)


def _paths(envelope: Envelope, target: Target) -> Iterator[Problem]:
    """Yield alert paths and places of theirs that the target lacks."""
    known = kinds_of(target)
    names = [each.path for each in envelope.faults.alert_paths]
    for problem in unknown_paths((), names, target):
        yield Problem(("faults", "alert_paths", *problem.path, "path"), problem.what)
    for number, path in enumerate(envelope.faults.alert_paths):
        for place_number, place in enumerate(path.needs):
            if str(place) not in known:
                what = f"the target {target.name!r} has no place {excerpt(str(place))}{nearest(str(place), known)}"
                yield Problem(("faults", "alert_paths", number, "needs", place_number), what)
    for number, together in enumerate(envelope.faults.down_together):
        for path_number, name in enumerate(together.paths):
            if name not in names:
                what = f"faults.alert_paths does not say what {excerpt(name)} needs{nearest(name, names)}"
                yield Problem(("faults", "down_together", number, "paths", path_number), what)


def _kind(each: FaultRange, at: tuple[str | int, ...], calm: Scenario, target: Target) -> Iterator[Problem]:
    """Yield what is wrong with a kind of fault: its name, its knobs, its places and its durations."""
    if each.kind not in KINDS:
        yield Problem((*at, "kind"), f"unknown kind {excerpt(each.kind)}{nearest(each.kind, KINDS)}")
        return
    fields = [name for name in KINDS[each.kind].model_fields if name != "kind"]
    for knob, values in each.knobs.items():
        if knob not in fields:
            what = f"{each.kind} has no knob {excerpt(knob)}{nearest(knob, fields)}"
            yield Problem((*at, "knobs", knob), what, at_key=True)
        elif not values:
            yield Problem((*at, "knobs", knob), "an empty list has nothing to draw; write what the knob may be")
    if any(knob not in fields or not values for knob, values in each.knobs.items()):
        return
    for values in product(*each.knobs.values()):
        try:
            fault = fault_of(each.kind, dict(zip(each.knobs, values, strict=True)))
        except ValidationError as error:
            yield Problem((*at, "knobs"), _said(error))
            return
    if each.lasts.least.total_seconds() < fault.proof_real_s * calm.speed:
        what = f"the proof of `{each.kind}` takes {fault.proof_real_s:g} real s, at speed {calm.speed:g} "
        yield Problem((*at, "lasts", "least"), f"{what}{fault.proof_real_s * calm.speed:g}s; write that or more")
    if each.lasts.least > calm.phases.storm:
        yield Problem((*at, "lasts", "least"), f"longer than the longest storm of {show(calm.phases.storm)}")
    for number, place in enumerate(each.where):
        entry = Entry(at=calm.phases.storm * 0, lasts=each.lasts.least, where=place, fault=fault)
        where = (*at, "where", number)
        if place.cohort is not None:
            yield Problem(where, f"an envelope names no cohort: each night has its own; write `{place.name}`")
            continue
        yield from (Problem(where, one.what) for one in misplaced(_with(calm, entry), target))


def _with(calm: Scenario, entry: Entry) -> Scenario:
    return calm.model_copy(update={"timeline": (entry,)})


def _said(error: ValidationError) -> str:
    found = [
        f"{problem.path[-1]}: {problem.what}" if problem.path else problem.what
        for problem in of_model(error, SCENARIOS)
    ]
    return "; ".join(dict.fromkeys(found))
