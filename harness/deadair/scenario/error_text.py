"""How a refusal is worded: what is wrong, and the nearest valid word or what to write.

Knows neither files nor YAML.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

FieldPath = tuple[str | int, ...]

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

RENAMED: Mapping[tuple[str, str], str] = {
    ("promises", "told_by"): "alert_paths",
    ("checks", "paths"): "alert_paths",
}
"""What a key is called now, by the part of a scenario that it stood in and its old name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario. ``path`` leads to it; ``at_key``: its key is wrong, not its value."""

    path: FieldPath
    what: str
    at_key: bool = False


def field(path: FieldPath) -> str:
    """Write a path as people read it: ``timeline[2].fault.kind``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{excerpt(part, quotes=False)}"
    return text or "scenario"


def excerpt(text: object, *, quotes: bool = True) -> str:
    """Return a short, printable form of what somebody wrote."""
    if isinstance(text, int | float):
        return str(text)
    short = str(text)
    short = short if len(short) <= 60 else short[:57] + "…"
    shown = repr(short)
    return shown if quotes else shown[1:-1]


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean X?`` or, with nothing near, ``; write one of …``."""
    names = list(valid)
    if MEANT.get(word) in names:
        return f"; did you mean `{MEANT[word]}`?"
    close = get_close_matches(word.lower()[:80], names, n=1, cutoff=0.55)
    if close:
        return f"; did you mean `{close[0]}`?"
    if not names:
        return "; there is none to name here"
    listed = ", ".join(f"`{name}`" for name in names[:12])
    return f"; write one of {listed}" + (" …" if len(names) > 12 else "")


def of_pydantic(error: Mapping[str, Any], path: FieldPath, siblings: Collection[str]) -> Problem:
    """Word one error of the model. ``siblings`` are the keys that the mapping around it may have."""
    given, context = error.get("input"), error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return Problem(path, _unknown_key(str(path[0]), str(path[-1]), siblings), at_key=True)
        case "missing":
            return Problem(path[:-1], f"`{path[-1]}` is missing; add it")
        case "union_tag_not_found":
            return Problem(path, "`kind` is missing; add it (`deadair list` names them all)")
        case "union_tag_invalid":
            kinds = _words(context["expected_tags"])
            what = f"unknown kind {excerpt(context['tag'])}{nearest(str(context['tag']), kinds)}"
            return Problem((*path, "kind"), what)
        case "literal_error":
            words = _words(context["expected"].replace(" or ", ","))
            return Problem(path, f"{excerpt(given)} is not a word known here{nearest(str(given), words)}")
    return Problem(path, _plain(error["type"], given, context))


def _unknown_key(part: str, key: str, siblings: Collection[str]) -> str:
    new = RENAMED.get((part, key))
    return f"`{key}` is now called `{new}`" if new in siblings else f"unknown key{nearest(key, siblings)}"


def _words(listed: str) -> list[str]:
    return [word.strip("' ") for word in listed.split(",")]


_BELONGS = "{shown} is not what belongs here; write "
_RANGE = "{shown} is out of range; write "
_SENTENCES = {
    "greater_than": _RANGE + "more than {gt}",
    "greater_than_equal": _RANGE + "at least {ge}",
    "less_than": _RANGE + "less than {lt}",
    "less_than_equal": _RANGE + "at most {le}",
    "int_type": _BELONGS + "a whole number, such as 42, without quotes",
    "int_from_float": _BELONGS + "a whole number, such as 42",
    "float_type": _BELONGS + "a number, such as 60 or 0.5, without quotes",
    "finite_number": _BELONGS + "a finite number",
    "string_type": _BELONGS + "text: put it in quotes",
    "string_unicode": _BELONGS + "text: a character of it is half a pair; remove it",
    "tuple_type": _BELONGS + "a list: start each item with `- `",
    "dict_type": _BELONGS + "a mapping: `key: value`",
    "model_type": _BELONGS + "a mapping: `key: value`",
    "model_attributes_type": _BELONGS + "a mapping: `key: value`",
    "string_pattern_mismatch": "{shown} cannot be a name; write small letters, digits and hyphens",
    "too_short": "at least {min_length} is needed; see docs/scenarios.md",
    "too_long": "more than {max_length}; split the scenario",
    "string_too_short": "nothing is written here; write a word",
    "string_too_long": "longer than {max_length} characters; shorten it",
}


def _plain(kind: str, given: object, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if given is None:
        return "nothing is written here; write a value"
    shown = excerpt(given) if isinstance(given, str | int | float) else "this"
    sentence = _SENTENCES.get(kind, f"{{shown}} cannot be taken ({kind}); see docs/scenarios.md")
    return sentence.format(shown=shown, **context)
