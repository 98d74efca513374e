"""Scenario files: strict YAML to the model.

Whatever is wrong, and wherever it came from, is a ScenarioError whose lines read
``file:line:column: field: what is wrong; what to write``. Nothing in a file can run code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from deadair.faults.catalogue import FAULTS
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable
from deadair.rules.catalogue import RULES
from deadair.scenario import yaml_document as document
from deadair.scenario.dump import dump
from deadair.scenario.error_text import NOTHING, FieldPath, Problem, field, of_pydantic
from deadair.scenario.marks import Marks
from deadair.scenario.model import UNCLEAR, Entry, FleetSpec, Phases, Promises, Scenario, TargetSpec
from deadair.scenario.scenario_file import BYTES_MAX, read_text
from deadair.scenario.validation import problems, vain
from deadair.scenario.yaml_document import DocumentError, Items, Mark, Pairs, Text, YamlNode
from deadair.targets.target import Target

__all__ = ["adjusted", "dump", "load", "loads"]

PROBLEMS_SHOWN_MAX = 20
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,29})\.[0-9]{1,30}")
_MANY_DIGITS = re.compile(r"[-+]?[0-9.]{31,}")
_PARTS: Mapping[str, type[BaseModel]] = {
    "target": TargetSpec, "fleet": FleetSpec, "phases": Phases, "promises": Promises
}  # fmt: skip
Translate = Callable[[YamlNode], YamlNode]
"""What makes a tree of today of one of an older format."""
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


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
    if len(text) > BYTES_MAX:
        raise ScenarioError(f"{name}:1:1: file: larger than {BYTES_MAX} characters: no scenario is that long; split it")
    try:
        root = document.read(text) if translate is None else translate(document.read(text))
    except DocumentError as error:
        raise ScenarioError(_line(name, error.mark, "file", error.what)) from None
    if not isinstance(root, Pairs):
        raise ScenarioError(_line(name, root.mark, "file", "this is not a scenario; start with `name: …`"))
    marks = Marks(root)
    found = [(mark, problem) for mark, problem in _structure(root, ())]
    blamed = {problem.path for _, problem in found}
    try:
        scenario = Scenario.model_validate(_value(root), strict=True)
    except ValidationError as error:
        told = [problem for problem in _of_model(error, marks) if problem.path not in blamed]
        raise _refusal(name, [*found, *((marks.of(problem), problem) for problem in told)]) from None
    found += ((mark, Problem(path, NOTHING)) for path, mark in _unwritten(root, ()))
    known = _catalogue() if targets is None else targets
    senseless = (*problems(scenario, known), *(vain(scenario) if translate is None else ()))
    found += [(marks.of(problem), problem) for problem in senseless]
    if found:
        raise _refusal(name, found)
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
        found = list(_of_model(error))
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


def _refusal(name: str, found: list[tuple[Mark, Problem]]) -> ScenarioError:
    found.sort(key=lambda pair: (pair[0].line, pair[0].column))
    lines = dict.fromkeys(_line(name, mark, field(problem.path), problem.what) for mark, problem in found)
    shown = list(lines)[:PROBLEMS_SHOWN_MAX]
    if len(lines) > len(shown):
        shown.append(f"{name}: and {len(lines) - len(shown)} more; mend these first")
    return ScenarioError("\n".join(shown))


def _line(name: str, mark: Mark, where: str, what: str) -> str:
    return f"{name}:{mark.line}:{mark.column}: {where}: {what}"


def _structure(node: YamlNode, path: FieldPath) -> Iterator[tuple[Mark, Problem]]:
    """Find what plain values no longer show: keys said twice, and bare words that mean truth values."""
    if isinstance(node, Text) and node.plain and node.text.lower() in UNCLEAR - {"null"}:
        what = f"YAML readers take a bare {node.text} for a truth value; put it in quotes or write another word"
        yield node.mark, Problem(path, what)
    elif isinstance(node, Text) and node.plain and _MANY_DIGITS.fullmatch(node.text):
        what = f"a number of {len(node.text):,} characters: no scenario needs one; write a shorter one"
        yield node.mark, Problem(path, what)
    elif isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield from _structure(item, (*path, number))
    elif isinstance(node, Pairs):
        first: dict[str, Mark] = {}
        for key, value in node.pairs:
            if key.text in first:
                what = f"said twice; line {first[key.text].line} has it already: keep one"
                yield key.mark, Problem((*path, key.text), what)
            first.setdefault(key.text, key.mark)
            yield from _structure(value, (*path, key.text))


def _unwritten(node: YamlNode, path: FieldPath) -> Iterator[tuple[FieldPath, Mark]]:
    """Find keys and items with nothing after them, also where the model would take that for the default."""
    if isinstance(node, Text) and node.plain and node.text in _NOTHING:
        yield path, node.mark
    elif isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield from _unwritten(item, (*path, number))
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            yield from _unwritten(value, (*path, key.text))


def _value(node: YamlNode) -> Any:
    """Return plain values: text, None, and numbers where there are no quotes and only decimal digits."""
    if isinstance(node, Items):
        return tuple(_value(item) for item in node.items)
    if isinstance(node, Pairs):
        values: dict[str, Any] = {}
        for key, value in node.pairs:
            values.setdefault(key.text, _value(value))
        return values
    if not node.plain:
        return node.text
    if node.text in _NOTHING:
        return None
    if _WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if _DECIMAL.fullmatch(node.text) else node.text


def _of_model(error: ValidationError, marks: Marks | None = None) -> list[Problem]:
    """Word what the model refuses, one problem for each mistake: a key that was mistyped is not missing as well."""
    found = list(_each_of_model(error, marks))
    mistyped = {(problem.path[:-1], problem.key) for problem in found if problem.at_key}
    return [problem for problem in found if problem.key is None or (problem.path, problem.key) not in mistyped]


def _each_of_model(error: ValidationError, marks: Marks | None) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # only the items without an error were counted, and each of the others has its own line
        location = detail["loc"]
        at_key = location[-1:] == ("[key]",)
        path, tag = _untagged(location[:-1] if at_key else location)
        problem = of_pydantic(detail, path, _keys_beside(path, tag), quoted=marks is not None and marks.quoted(path))
        yield replace(problem, at_key=at_key or problem.at_key)


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
