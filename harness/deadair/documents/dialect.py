"""What differs between the kinds of documents: what one is called, and which keys may stand where. Knows no YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

FieldPath = tuple[str | int, ...]


class Spot(NamedTuple):
    """Where in a document an error of its model is."""

    path: FieldPath
    """As it stands in the file: a model puts more into the paths of its errors."""
    keys: Callable[[], Collection[str]]
    """Returns the keys that may stand where the last of the path stands."""
    choice: FieldPath | None = None
    """Where the value stands that might have been of one of several types, if it is in such a one."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of document."""

    noun: str
    """What one is called: ``scenario``."""
    page: str
    """The page that has all its fields."""
    spot: Callable[[FieldPath], Spot]
    """Finds the spot of an error by its path in the model."""
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What a key is called now, by the part that it stood in and its old name."""
    truths: bool = False
    """Whether a bare ``true`` and ``false`` are taken, as what they say."""
    nulls: frozenset[str] = frozenset()
    """The keys below which stands JSON: a bare ``null`` there is a value, and not a value that was forgotten."""
