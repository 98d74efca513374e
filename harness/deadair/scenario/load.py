"""Scenario files: strict YAML to the model, and whether a scenario makes sense.

Whatever is wrong, and wherever it came from, is a ScenarioError whose lines read
``file:line:column: field: what is wrong; what to write``. Nothing in a file can run code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from deadair.documents.dialect import Dialect, FieldPath, Spot
from deadair.documents.document_file import read_text
from deadair.documents.error_text import Problem, field
from deadair.documents.strict import Translate, of_model, read
from deadair.faults.catalogue import FAULTS
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable
from deadair.rules.catalogue import RULES
from deadair.scenario.dump import dump
from deadair.scenario.fitting import what_fits
from deadair.scenario.model import Entry, FleetSpec, Phases, Promises, Scenario, TargetSpec
from deadair.scenario.people import PersonEvent
from deadair.scenario.places import beyond
from deadair.scenario.roles import fitted
from deadair.scenario.validation import misfits, problems, senseless, vain
from deadair.targets.target import Target

__all__ = ["adjusted", "dump", "load", "loads"]

RENAMED: Mapping[tuple[str, str], str] = {
    ("promises", "told_by"): "alert_paths",
    ("checks", "paths"): "alert_paths",
}
"""What a key is called now, by the part of a scenario that it stood in and its old name."""
_PARTS: Mapping[str, type[BaseModel]] = {
    "target": TargetSpec, "fleet": FleetSpec, "phases": Phases, "promises": Promises
}  # fmt: skip


def load(
    path: Path,
    translate: Translate | None = None,
    *,
    targets: Mapping[str, Target] | None = None,
    target: str | None = None,
    other_speed: bool = False,
) -> Scenario:
    """Read a scenario file. Raises ScenarioError for anything that cannot be taken.

    ``translate`` is for the file of a stored run, and gives one of an older format the keys of today. Such a run has
    been made: it is not refused for what it can prove, nor for a target that is not known here.
    """
    text, name = read_text(path), printable(str(path))
    return loads(text, name, targets, target=target, other_speed=other_speed, translate=translate)


def loads(  # noqa: PLR0913 - each is named at its call
    text: str,
    name: str,
    targets: Mapping[str, Target] | None = None,
    *,
    target: str | None = None,
    other_speed: bool = False,
    translate: Translate | None = None,
) -> Scenario:
    """Read a scenario's text; return it with the places of its target.

    ``name`` is its name in errors; ``targets`` are by default those built in; ``target`` is the name of one instead of
    the scenario's own. ``other_speed``: it will be given another one, so the target need not bear its own.
    """
    known = _catalogue() if targets is None else targets
    document = read(text, name, Scenario, DIALECT, translate)
    made = fitted(document.value if target is None else _retargeted(document.value, target), known)
    its_target = made.scenario.target.name
    found = [*senseless(made.scenario), *(vain(made.scenario) if translate is None else ())]
    unfit = () if translate is not None and its_target not in known else misfits(made.scenario, known)
    unfit = tuple(problem for problem in unfit if not (other_speed and problem.path == ("speed",)))
    if unfit and its_target in known and (target is not None or any(beyond(made.scenario, known[its_target]))):
        found.append(Problem(("target", "name"), what_fits(its_target, lambda text: _fits(text, its_target, known))))
    document.refuse(made.as_written(problem) for problem in (*found, *unfit))
    return made.scenario


def _fits(text: str, target: str, targets: Mapping[str, Target]) -> bool:
    """Say whether a scenario can be run on a target, as it is."""
    made = fitted(_retargeted(read(text, "", Scenario, DIALECT).value, target), targets)
    return not any((*problems(made.scenario, targets), *vain(made.scenario)))


def adjusted(
    scenario: Scenario, *, seed: int | None, speed: float | None, targets: Mapping[str, Target] | None = None
) -> Scenario:
    """Return the scenario with another seed or speed, judged anew. Raises ScenarioError."""
    if seed is None and speed is None:
        return scenario
    plain = scenario.model_dump(mode="json")
    plain |= {key: value for key, value in (("seed", seed), ("speed", speed)) if value is not None}
    try:
        changed = Scenario.model_validate(plain)
    except ValidationError as error:
        found = of_model(error, DIALECT)
    else:
        found = [*problems(changed, _catalogue() if targets is None else targets), *vain(changed)]
    if found:
        raise ScenarioError("\n".join(_by_option(problem, speed) for problem in found))
    return changed


def _retargeted(scenario: Scenario, name: str) -> Scenario:
    return scenario.model_copy(update={"target": scenario.target.model_copy(update={"name": name})})


def _by_option(problem: Problem, speed: float | None) -> str:
    """Word what is wrong with a scenario that was changed from outside. What is no option itself is so by the speed."""
    where = field(problem.path)
    return f"--{where}: {problem.what}" if where in ("seed", "speed") else f"--speed {speed:g}: {where}: {problem.what}"


def _catalogue() -> Mapping[str, Target]:
    from deadair.targets.catalogue import TARGETS  # noqa: PLC0415 - heavy, and only needed once a file is well-formed

    return TARGETS


def _untagged(location: FieldPath) -> tuple[FieldPath, str | None]:
    """Take out the kind that pydantic puts into the path of a fault's or a rule's own fields."""
    depth = {"timeline": 3, "checks": 2}.get(str(location[0])) if location else None
    if depth is None or len(location) <= depth or (depth == 3 and location[2] != "fault"):
        return location, None
    return (*location[:depth], *location[depth + 1 :]), str(location[depth])


def _keys_beside(path: FieldPath, tag: str | None) -> tuple[str, ...]:
    """Return the keys that may stand where the last of ``path`` stands."""
    if tag is not None:
        kinds = {model.model_fields["kind"].default: model for model in (*FAULTS, *RULES)}
        return tuple(kinds[tag].model_fields)
    model: type[BaseModel] = Entry if path[:1] == ("timeline",) and len(path) == 3 else Scenario
    if path[:1] == ("people",) and len(path) == 3:
        model = PersonEvent
    if len(path) == 2 and path[0] in _PARTS:
        model = _PARTS[str(path[0])]
    return tuple(model.model_fields)


def _spot(location: FieldPath) -> Spot:
    path, tag = _untagged(location)
    return Spot(path, lambda: _keys_beside(path, tag))


DIALECT = Dialect("scenario", "docs/scenarios.md", _spot, RENAMED)
