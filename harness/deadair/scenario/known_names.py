"""What there is to name in a scenario and on the command line. Reads the catalogues; starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from pydantic import BaseModel

from deadair.documents.error_text import nearest
from deadair.faults.catalogue import FAULTS
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.excerpt import excerpt
from deadair.model.place import PROVIDER
from deadair.model.plural import count
from deadair.rules.catalogue import RULES
from deadair.scenario.load import load
from deadair.scenario.places import has_provider
from deadair.scenario.roles import needs_target
from deadair.scenario.shipped import shipped
from deadair.targets.target import Target

SPEEDS = (1, 60, 100, 150)


def refuse_unknown(target: Target, profile: str | None, defects: tuple[str, ...]) -> None:
    """Raise ScenarioError for a profile or a defect that a target does not have."""
    if profile is not None and profile not in target.profiles:
        advice = nearest(profile, target.profiles)
        raise ScenarioError(f"--profile: the target {target.name!r} has no {excerpt(profile)}{advice}")
    for defect in defects:
        if defect not in target.defects:
            advice = nearest(defect, target.defects)
            raise ScenarioError(f"--defect: the target {target.name!r} has no {excerpt(defect)}{advice}")


def budgets(targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Return a line for each target: how long it may need to notice a dead or stuck part, by speed."""
    return tuple(
        f"{target.name:<13} "
        + ", ".join(f"{target.detection_budget_s(speed):g} s at speed {speed}" for speed in SPEEDS)
        + "; it must be at most half of the limit (default 5m)"
        for target in sorted(_taken(targets), key=lambda target: target.name)
    )


def lacking(targets: Mapping[str, Target]) -> tuple[tuple[str, str], ...]:
    """Return what this machine lacks for the targets of one's own to be run: each target's name, and a sentence."""
    found = []
    for name in targets:
        try:
            found += [(name, lack) for lack in targets[name].lacks()]
        except (ScenarioError, HarnessError) as error:
            found.append((name, str(error).splitlines()[0]))
    return tuple(found)


def listed(targets: Mapping[str, Target], topic: str | None = None) -> tuple[str, ...]:
    """Return the lines of `deadair list`, of one topic or of all. Raises ScenarioError if there is no such topic."""
    if topic is not None and topic not in TOPICS:
        raise ScenarioError(f"list: there is no topic {excerpt(topic)}{nearest(topic, TOPICS)}")
    lines: list[str] = []
    for name in TOPICS if topic is None else (topic,):
        lines += ["", name.capitalize(), *(f"  {line}" for line in TOPICS[name](targets))]
    return tuple(lines[1:])


def _faults(_: Mapping[str, Target]) -> Iterator[str]:
    for fault in FAULTS:
        yield f"{_kind(fault):<18} on a {fault.strikes}: {_sentence(fault)}{_knobs(fault)}"


def _rules(_: Mapping[str, Target]) -> Iterator[str]:
    for rule in RULES:
        yield f"{_kind(rule):<18} {_sentence(rule)}{_knobs(rule)}"


def _kind(model: type[BaseModel]) -> str:
    return str(model.model_fields["kind"].default)


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").splitlines()[0].replace("``", "")


def _knobs(model: type[BaseModel]) -> str:
    knobs = [name for name in model.model_fields if name != "kind"]
    return f" Knobs: {', '.join(knobs)}." if knobs else ""


def _taken(targets: Mapping[str, Target]) -> Iterator[Target]:
    """Yield the targets that can be taken. One of a stranger's that cannot must not hide the others."""
    for name in targets:
        with suppress(ScenarioError):
            yield targets[name]


def _targets(targets: Mapping[str, Target]) -> Iterator[str]:
    for name in targets:
        try:
            target = targets[name]
        except ScenarioError as error:
            yield f"{name}: cannot be taken: {str(error).splitlines()[0]}"
            continue
        yield target.name
        yield f"  nodes     {', '.join(target.nodes) or 'none'}"
        outer = [f"{link.name}, {link.name}[cohort]" for link in target.links if link.outer]
        yield f"  links     {', '.join(outer + [link.name for link in target.links if not link.outer]) or 'none'}"
        if has_provider(target):
            yield f"  provider  {PROVIDER}"
        yield f"  capacity  {', '.join(target.capacities) or 'none'}"
        for role, places in target.roles.items():
            yield f"  role      {role}: {', '.join(places)}"
        yield f"  bears     speed {target.speed_max:g}, {count(target.devices_max, 'device')}"
        for kind, why in target.unjudged.items():
            yield f"  unjudged  {kind}: {why}"
        for profile, defects in target.profiles.items():
            yield f"  profile   {profile}: {', '.join(defects)}"


def _defects(targets: Mapping[str, Target]) -> Iterator[str]:
    for target in _taken(targets):
        for name, what in target.defects.items():
            yield f"{name:<23} of {target.name}: {what}"


def _scenarios(targets: Mapping[str, Target]) -> Iterator[str]:
    for name, path in shipped().items():
        try:
            scenario = load(path, targets=targets)
        except ScenarioError as error:
            yield f"{name}: cannot be taken: {str(error).splitlines()[0]}"
            continue
        phases = scenario.phases
        real_s = (phases.warm_up + phases.storm + phases.recovery).total_seconds() / scenario.speed
        faults, checks = len(scenario.timeline), len(scenario.checks)
        parts = f"{count(faults, 'fault')}, {count(checks, 'check')}"
        yield f"{name:<38} {parts}, {real_s:.0f} s of real time{', for any target' * needs_target(scenario)}"


TOPICS: dict[str, Callable[[Mapping[str, Target]], Iterator[str]]] = {
    "faults": _faults,
    "rules": _rules,
    "targets": _targets,
    "defects": _defects,
    "scenarios": _scenarios,
}
