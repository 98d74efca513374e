"""How a refusal is worded: what is wrong, and the nearest valid word or what to write.

Knows neither files nor YAML.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from deadair.documents.dialect import Dialect, FieldPath, Spot
from deadair.model.excerpt import excerpt, foreign

MEANT = {
    "after": "at",
    "count": "devices",
    "duration": "lasts",
    "faults": "timeline",
    "followers": "followers_per_device",
    "for": "lasts",
    "length": "lasts",
    "link": "where",
    "node": "where",
    "on": "where",
    "phones": "followers_per_device",
    "place": "where",
    "rules": "checks",
    "start": "at",
    "type": "kind",
}
"""What people write when they mean one of our keys; used only where that key is valid."""

NAMES_MAX = 120
"""So many names are listed at the most; there are more only where somebody wrote them himself."""
NOTHING = "nothing is written here; write a value"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document. ``path`` leads to it; ``at_key``: its key is wrong, not its value.

    ``key``: of a missing key its name, of an unknown one which it is taken for.
    """

    path: FieldPath
    what: str
    at_key: bool = False
    key: str | None = None


def field(path: FieldPath, noun: str = "scenario") -> str:
    """Write a path as people read it: ``timeline[2].fault.kind``; all of the document is called by its noun."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{excerpt(part, quotes=False)}"
    return text or noun


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean X?`` or, with nothing near, ``; write one of …``."""
    names = list(valid)
    return _advice(_nearest_of(word, names), names)


def of_pydantic(error: Mapping[str, Any], spot: Spot, dialect: Dialect, *, quoted: bool) -> Problem:
    """Word one error of the model. ``quoted``: at its spot stands a text in quotes."""
    given, context, kind, path = error.get("input"), error.get("ctx", {}), error["type"], spot.path
    if kind == "extra_forbidden":
        return _unknown_key(path, spot.keys(), dialect)
    if kind == "missing":
        return Problem(path[:-1], f"`{path[-1]}` is missing; add it", key=str(path[-1]))
    if kind == "union_tag_not_found":
        return _no_tag(path, context["discriminator"].strip("'"))
    if kind == "union_tag_invalid":
        tag = context["discriminator"].strip("'")
        said = given.get(tag) if isinstance(given, dict) else given
        what = f"unknown {tag} {excerpt(said)}" if isinstance(said, str) else f"{excerpt(said)} is no {tag}"
        what = NOTHING if said is None else f"{what}{_near(said, _words(context['expected_tags']))}"
        return Problem((*path, tag), what)
    return Problem(path, NOTHING if given is None else _of_value(kind, given, context, dialect, quoted=quoted))


def _no_tag(path: FieldPath, tag: str) -> Problem:
    known = " (`deadair list` names them all)" if tag == "kind" else ""
    return Problem(path, f"`{tag}` is missing; add it{known}", key=tag)


def _advice(near: str | None, names: list[str]) -> str:
    if near is not None:
        return f"; did you mean `{near}`?"
    if not names:
        return "; there is none to name here"
    listed = ", ".join(f"`{excerpt(name, quotes=False)}`" for name in names[:NAMES_MAX])
    if len(names) > NAMES_MAX:
        return f"; there are {len(names):,} to choose from, among them {listed}"
    return f"; write one of {listed}"


def _nearest_of(word: str, names: list[str]) -> str | None:
    """Return the valid word that somebody meant, if one is near."""
    if MEANT.get(word) in names:
        return MEANT[word]
    return next(iter(get_close_matches(word.lower()[:80], names, n=1, cutoff=0.55)), None)


def _unknown_key(path: FieldPath, siblings: Collection[str], dialect: Dialect) -> Problem:
    part, key, names = str(path[0]), str(path[-1]), list(siblings)
    new = dialect.renamed.get((part, key))
    if new in names:
        return Problem(path, f"`{key}` is now called `{new}`", at_key=True, key=new)
    near = _nearest_of(key, names)
    return Problem(path, f"unknown key{foreign(key)}{_advice(near, names)}", at_key=True, key=near)


def _literal(given: object, words: list[str], *, quoted: bool) -> str:
    """Say that a word is none of those known here; a number in quotes is text, and none of them for that alone."""
    numbers = all(word.isdecimal() for word in words)
    if quoted and numbers and given in words:
        return f"{excerpt(given)} is text, for it stands in quotes; write the number {given} without them"
    known = "a number" if numbers else "a word"
    return f"{excerpt(given)} is not {known} known here{_near(given, words)}"


def _near(given: object, words: list[str]) -> str:
    """Return the word that is near to what was written, if that is a single word; else all of them."""
    if not isinstance(given, str | int | float):
        return nearest("", words)
    return f"{foreign(str(given))}{nearest(str(given), words)}"


def _words(listed: str) -> list[str]:
    return [word.strip("' ") for word in listed.split(",")]


_BELONGS = "{shown} is not what belongs here; write "
_RANGE = "{shown} is out of range; write "
_SENTENCES = {
    "greater_than": _RANGE + "more than {gt}",
    "greater_than_equal": _RANGE + "at least {ge}",
    "less_than": _RANGE + "less than {lt}",
    "less_than_equal": _RANGE + "at most {le}",
    "int_type": _BELONGS + "a whole number, such as 42{unquoted}",
    "int_from_float": _BELONGS + "a whole number, such as 42",
    "float_type": _BELONGS + "a number, such as 60 or 0.5{unquoted}",
    "bool_type": _BELONGS + "true or false{unquoted}",
    "invalid-json-value": _BELONGS + "what JSON can hold",
    "finite_number": _BELONGS + "a finite number",
    "string_type": _BELONGS + "text: put it in quotes",
    "string_unicode": _BELONGS + "text: a character of it is half a pair; remove it",
    "tuple_type": _BELONGS + "a list: start each item with `- `",
    "dict_type": _BELONGS + "a mapping: `key: value`",
    "model_type": _BELONGS + "a mapping: `key: value`",
    "model_attributes_type": _BELONGS + "a mapping: `key: value`",
    "string_pattern_mismatch": "{shown} cannot be a name{foreign}; write small letters, digits and hyphens, 60 at most",
    "too_short": "at least {min_length} is needed; see {page}",
    "too_long": "more than {max_length}; split the {noun}",
    "string_too_short": "nothing is written here; write a word",
    "string_too_long": "longer than {max_length} characters; shorten it",
}


def _of_value(kind: str, given: object, context: Mapping[str, Any], dialect: Dialect, *, quoted: bool) -> str:
    """Say what is wrong with a value that somebody wrote."""
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _literal(given, _words(context["expected"].replace(" or ", ",")), quoted=quoted)
    sentence = _SENTENCES.get(kind, f"{{shown}} cannot be taken ({kind}); see {{page}}")
    limits = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in context.items()}
    odd = foreign(given) if isinstance(given, str) else ""
    unquoted = ", without quotes" if quoted else ""
    named = {"noun": dialect.noun, "page": dialect.page}
    return sentence.format(shown=excerpt(given), unquoted=unquoted, foreign=odd, **named, **limits)
