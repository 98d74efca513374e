"""Which part of a message is what: a value picked out of a JSON document, and a condition on such values. Pure.

The documents come from the service under test: whatever they are, nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from deadair.model.json_pointer import MISSING, JsonPointer, find

TEXT_LONGEST = 4000
"""Of a longer text only so much is looked at: a regular expression may take its time."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"this is no regular expression: {error}") from error
    return pattern


Regex = Annotated[str, AfterValidator(_compiles)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Pick(_Part):
    """A value of a message."""

    at: JsonPointer
    """Where it stands in the message: a JSON pointer."""
    matches: Regex | None = None
    """What of the text there it is: a regular expression; its first group, if it has one."""

    def of(self, document: Any) -> Any:
        """Return the value, none if the document has none there."""
        found = find(document, self.at)
        if found is MISSING:
            return None
        return found if self.matches is None else matched(self.matches, found)


def _as_pick(given: Any) -> Any:
    return {"at": given} if isinstance(given, str) else given


Picked = Annotated[Pick, BeforeValidator(_as_pick, json_schema_input_type=JsonPointer | Pick)]
"""A pick; a JSON pointer alone will do."""


class Matching(_Part):
    """A text that a regular expression finds something in."""

    matches: Regex
    """The regular expression; it may find its text anywhere."""


Scalar = str | bool | int | float | None
Expected = Scalar | tuple[Scalar, ...] | Matching
Condition = Annotated[Mapping[JsonPointer, Expected], Field(min_length=1)]
"""What a message is recognized by: at each JSON pointer this value, one of these, or a text that matches."""


def holds(condition: Mapping[str, Expected], document: Any) -> bool:
    """Say whether a document fulfils all of a condition."""
    return all(_fits(find(document, pointer), expected) for pointer, expected in condition.items())


def implies(condition: Mapping[str, Expected], other: Mapping[str, Expected]) -> bool:
    """Say whether whatever fulfils a condition surely fulfils another one too. Of texts that match nothing is sure."""
    return all(pointer in condition and _within(condition[pointer], wide) for pointer, wide in other.items())


def names_in(value: Any) -> tuple[str, ...]:
    """Return the names in a value that was picked: a text, a whole number, or a list of them."""
    if isinstance(value, list):
        return tuple(name for one in value if not isinstance(one, list) for name in names_in(one))
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ()
    return (str(value),)


def _within(narrow: Expected, wide: Expected) -> bool:
    if isinstance(narrow, Matching):
        return narrow == wide
    return all(_fits(one, wide) for one in (narrow if isinstance(narrow, tuple) else (narrow,)))


def _fits(found: Any, expected: Expected) -> bool:
    if isinstance(expected, Matching):
        return matched(expected.matches, found) is not None
    if isinstance(expected, tuple):
        return any(_same(found, one) for one in expected)
    return _same(found, expected)


def _same(found: Any, expected: Scalar) -> bool:
    """Compare as JSON does: ``true`` is not 1."""
    return isinstance(found, bool) is isinstance(expected, bool) and bool(found == expected)


def matched(pattern: str, found: Any) -> str | None:
    """Return what a regular expression finds in a plain value: its first group, if it has one; none if nothing."""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    match = re.search(pattern, str(found)[:TEXT_LONGEST])
    if match is None:
        return None
    return match[1] if match.re.groups else match[0]
