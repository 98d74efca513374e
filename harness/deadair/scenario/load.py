"""Scenario files: strict YAML to the model, and whether a scenario makes sense.

Whatever is wrong, and wherever it came from, is a ScenarioError whose lines read
``file:line:column: field: what is wrong; what to write``. Nothing in a file can run code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from deadair.documents.dialect import Dialect, FieldPath
from deadair.documents.document_file import read_text
from deadair.documents.error_text import Problem, field
from deadair.documents.strict import Translate, of_model, read
from deadair.faults.catalogue import FAULTS
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable
from deadair.rules.catalogue import RULES
from deadair.scenario.dump import dump
from deadair.scenario.model import Entry, FleetSpec, Phases, Promises, Scenario, TargetSpec
from deadair.scenario.validation import problems, vain
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


def load(path: Path, translate: Translate | None = None) -> Scenario:
    """Read a scenario file. Raises ScenarioError for anything that cannot be taken.

    ``translate`` is for the file of a stored run, and gives one of an older format the keys of today. Such a run has
    been made: it is not refused for what it can prove.
    """
    return loads(read_text(path), printable(str(path)), translate=translate)


def loads(
    text: str, name: str, targets: Mapping[str, Target] | None = None, *, translate: Translate | None = None
) -> Scenario:
    """Read a scenario's text. ``name`` is its name in errors; ``targets`` are by default the catalogue's."""
    document = read(text, name, Scenario, DIALECT, translate)
    scenario = document.value
    known = _catalogue() if targets is None else targets
    document.refuse((*problems(scenario, known), *(vain(scenario) if translate is None else ())))
    return scenario


def adjusted(scenario: Scenario, *, seed: int | None, speed: float | None) -> Scenario:
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
        found = [*problems(changed, _catalogue()), *vain(changed)]
    if found:
        raise ScenarioError("\n".join(_by_option(problem, speed) for problem in found))
    return changed


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
    if len(path) == 2 and path[0] in _PARTS:
        model = _PARTS[str(path[0])]
    return tuple(model.model_fields)


DIALECT = Dialect("scenario", "docs/scenarios.md", _keys_beside, _untagged, RENAMED)
