"""Finds where an error of any pydantic model stands in its document, by looking through the model's own fields.

Pydantic puts more into the path of an error than a document has: the kind of a part that is told from others by it, and
the names of all types that a value might have had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from deadair.documents.dialect import FieldPath, Spot


def spot_in(model: type[BaseModel], location: FieldPath) -> Spot:
    """Return the spot that pydantic calls by a location, in a document of this model."""
    types: list[Any] = [model]
    around: list[Any] = []
    path: list[str | int] = []
    choice: FieldPath | None = None
    for step in location:
        below = [kind for each in types for kind in _below(each, step)]
        if not below and len(types) > 1 and isinstance(step, str):
            kinds = [each for each in types if step in _tags(each)]
            if not kinds:
                choice = choice or tuple(path)
                kinds = [each for each in types if _is_model(each) and each.__name__ == step]
            types = kinds or types
            continue
        path.append(step)
        around, types = types, below
    return Spot(tuple(path), partial(_keys, around), choice)


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """Yield the types of what stands under a key, or at a number, in a value of this type."""
    if isinstance(step, int):
        if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Sequence):
            yield from _alternatives(get_args(kind)[0])
    elif _is_model(kind):
        for name, field in kind.model_fields.items():
            if step == (field.alias or name):
                yield from _alternatives(field.annotation)
    elif isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
        yield from _alternatives(get_args(kind)[1])


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Yield each type that a value may have."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    elif annotation is not NoneType:
        yield annotation


def _tags(kind: Any) -> tuple[Any, ...]:
    """Return the words by which a part is told from others: those of its fields that can only have one value."""
    if not _is_model(kind):
        return ()
    return tuple(
        word
        for field in kind.model_fields.values()
        for word in get_args(field.annotation)
        if isinstance(word, str) and len(get_args(field.annotation)) == 1
    )


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _keys(around: Sequence[Any]) -> tuple[str, ...]:
    """Return the keys of what stands around a spot."""
    fields = (each.model_fields for each in around if _is_model(each))
    return tuple(dict.fromkeys(field.alias or name for named in fields for name, field in named.items()))
