"""Strict YAML to a model of any kind of document, and every slip by its place.

Whatever is wrong, and wherever it came from, is a ScenarioError whose lines read
``file:line:column: field: what is wrong; what to write``. Nothing in a document can run code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from deadair.documents import yaml_document
from deadair.documents.dialect import Dialect, FieldPath
from deadair.documents.document_file import BYTES_MAX
from deadair.documents.error_text import NOTHING, Problem, field, of_pydantic
from deadair.documents.marks import Marks
from deadair.documents.yaml_document import DocumentError, Items, Mark, Pairs, Text, YamlNode
from deadair.model.errors import ScenarioError

PROBLEMS_SHOWN_MAX = 20
UNCLEAR = frozenset({"on", "off", "yes", "no", "true", "false", "null"})
"""Bare words that YAML readers take for something else than text."""
TRUTHS = {"true": True, "false": False}
Translate = Callable[[YamlNode], YamlNode]
"""What makes a tree of today of one of an older format."""
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,29})\.[0-9]{1,30}")
_MANY_DIGITS = re.compile(r"[-+]?[0-9.]{31,}")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Document(Generic[_Model]):
    """A document that its model takes, with what is wrong with it all the same."""

    value: _Model
    name: str
    dialect: Dialect
    marks: Marks
    slips: tuple[tuple[Mark, Problem], ...]

    def refuse(self, problems: Iterable[Problem] = ()) -> None:
        """Raise ScenarioError if it has slips, or if somebody who knows more of it has found problems."""
        found = [*self.slips, *((self.marks.of(problem), problem) for problem in problems)]
        if found:
            raise _refusal(self.name, found, self.dialect)


def read(
    text: str, name: str, model: type[_Model], dialect: Dialect, translate: Translate | None = None
) -> Document[_Model]:
    """Read a document's text. Raises ScenarioError. ``name`` is its name in errors."""
    noun = dialect.noun
    if len(text) > BYTES_MAX:
        raise ScenarioError(f"{name}:1:1: file: larger than {BYTES_MAX} characters: no {noun} is that long; split it")
    try:
        tree = yaml_document.read(text, noun)
        root = tree if translate is None else translate(tree)
    except DocumentError as error:
        raise ScenarioError(_line(name, error.mark, "file", error.what)) from None
    if not isinstance(root, Pairs):
        raise ScenarioError(_line(name, root.mark, "file", f"this is not a {noun}; start with `name: …`"))
    marks = Marks(root)
    found = [(mark, problem) for mark, problem in _structure(root, (), dialect)]
    blamed = {problem.path for _, problem in found}
    try:
        value = model.model_validate(_value(root, dialect.truths), strict=True)
    except ValidationError as error:
        told = [problem for problem in of_model(error, dialect, marks) if problem.path not in blamed]
        raise _refusal(name, [*found, *((marks.of(problem), problem) for problem in told)], dialect) from None
    found += ((mark, Problem(path, NOTHING)) for path, mark in _unwritten(root, (), dialect.nulls))
    return Document(value, name, dialect, marks, tuple(found))


def of_model(error: ValidationError, dialect: Dialect, marks: Marks | None = None) -> list[Problem]:
    """Word what the model refuses, one problem for each mistake: a key that was mistyped is not missing as well."""
    found = list(_once(_each_of_model(error, dialect, marks)))
    mistyped = {(problem.path[:-1], problem.key) for problem in found if problem.at_key}
    return [problem for problem in found if problem.key is None or (problem.path, problem.key) not in mistyped]


def _once(found: Iterable[tuple[Problem, FieldPath | None]]) -> Iterator[Problem]:
    """Yield problems, of a value that might have been of several types the one that goes deepest, and no others."""
    deepest: dict[FieldPath, Problem] = {}
    for problem, choice in found:
        if choice is None:
            yield problem
        elif choice not in deepest or len(problem.path) > len(deepest[choice].path):
            deepest[choice] = problem
    yield from deepest.values()


def _each_of_model(
    error: ValidationError, dialect: Dialect, marks: Marks | None
) -> Iterator[tuple[Problem, FieldPath | None]]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # only the items without an error were counted, and each of the others has its own line
        location = detail["loc"]
        at_key = location[-1:] == ("[key]",)
        spot = dialect.spot(location[:-1] if at_key else location)
        quoted = marks is not None and marks.quoted(spot.path)
        problem = of_pydantic(detail, spot, dialect, quoted=quoted)
        yield replace(problem, at_key=at_key or problem.at_key), spot.choice


def _refusal(name: str, found: list[tuple[Mark, Problem]], dialect: Dialect) -> ScenarioError:
    found.sort(key=lambda pair: (pair[0].line, pair[0].column))
    lines = dict.fromkeys(_line(name, mark, field(problem.path, dialect.noun), problem.what) for mark, problem in found)
    shown = list(lines)[:PROBLEMS_SHOWN_MAX]
    if len(lines) > len(shown):
        shown.append(f"{name}: and {len(lines) - len(shown)} more; mend these first")
    return ScenarioError("\n".join(shown))


def _line(name: str, mark: Mark, where: str, what: str) -> str:
    return f"{name}:{mark.line}:{mark.column}: {where}: {what}"


def _structure(node: YamlNode, path: FieldPath, dialect: Dialect) -> Iterator[tuple[Mark, Problem]]:
    """Find what plain values no longer show: keys said twice, and bare words that mean truth values."""
    taken = TRUTHS if dialect.truths else {}
    if isinstance(node, Text) and node.plain and node.text.lower() in UNCLEAR - {"null"} and node.text not in taken:
        what = f"YAML readers take a bare {node.text} for a truth value; put it in quotes or write another word"
        yield node.mark, Problem(path, what)
    elif isinstance(node, Text) and node.plain and _MANY_DIGITS.fullmatch(node.text):
        what = f"a number of {len(node.text):,} characters: no {dialect.noun} needs one; write a shorter one"
        yield node.mark, Problem(path, what)
    elif isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield from _structure(item, (*path, number), dialect)
    elif isinstance(node, Pairs):
        first: dict[str, Mark] = {}
        for key, value in node.pairs:
            if key.text in first:
                what = f"said twice; line {first[key.text].line} has it already: keep one"
                yield key.mark, Problem((*path, key.text), what)
            first.setdefault(key.text, key.mark)
            yield from _structure(value, (*path, key.text), dialect)


def _unwritten(node: YamlNode, path: FieldPath, nulls: Collection[str]) -> Iterator[tuple[FieldPath, Mark]]:
    """Find keys and items with nothing after them, also where the model would take that for the default."""
    if isinstance(node, Text) and node.plain and node.text in _NOTHING:
        if node.text != "null" or not any(key in nulls for key in path[:-1]):
            yield path, node.mark
    elif isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield from _unwritten(item, (*path, number), nulls)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            yield from _unwritten(value, (*path, key.text), nulls)


def _value(node: YamlNode, truths: bool) -> Any:
    """Return plain values: text, None, and numbers where there are no quotes and only decimal digits.

    ``truths``: whether a bare ``true`` is one, and no text.
    """
    if isinstance(node, Items):
        return tuple(_value(item, truths) for item in node.items)
    if isinstance(node, Pairs):
        values: dict[str, Any] = {}
        for key, value in node.pairs:
            values.setdefault(key.text, _value(value, truths))
        return values
    if not node.plain:
        return node.text
    words: dict[str, bool | None] = {**dict.fromkeys(_NOTHING), **(TRUTHS if truths else {})}
    if node.text in words:
        return words[node.text]
    if _WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if _DECIMAL.fullmatch(node.text) else node.text
