"""What differs between the kinds of documents: what one is called, and which keys may stand where. Knows no YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

FieldPath = tuple[str | int, ...]


def _as_it_is(path: FieldPath) -> tuple[FieldPath, str | None]:
    return path, None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of document."""

    noun: str
    """What one is called: ``scenario``."""
    page: str
    """The page that has all its fields."""
    keys_beside: Callable[[FieldPath, str | None], Collection[str]]
    """The keys that may stand where the last of a path stands; the kind of the part around it, if it has one."""
    untagged: Callable[[FieldPath], tuple[FieldPath, str | None]] = _as_it_is
    """Takes the kind out that pydantic puts into the path of a part's own fields, and returns it too."""
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What a key is called now, by the part that it stood in and its old name."""
