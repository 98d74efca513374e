"""JSON pointers (RFC 6901): where something stands in a JSON document. Pure; knows no document in particular."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

MISSING: Final = object()
"""What stands where a document has nothing."""


def checked(pointer: str) -> str:
    """Return a pointer as it is. Raises ValueError for what is none."""
    _steps(pointer)
    return pointer


JsonPointer = Annotated[str, AfterValidator(checked), Field(pattern=r"^(/.*)?$")]
"""A field that holds a pointer; the empty one is all of the document."""


def find(document: Any, pointer: str) -> Any:
    """Return what stands at a pointer, ``MISSING`` if nothing does. Never raises, whatever the document is."""
    for step in _steps(pointer):
        if isinstance(document, dict):
            document = document.get(step, MISSING)
        elif isinstance(document, list) and step.isascii() and step.isdigit() and len(step) < 10:
            document = document[int(step)] if int(step) < len(document) else MISSING
        else:
            return MISSING
    return document


@lru_cache(maxsize=1024)
def _steps(pointer: str) -> tuple[str, ...]:
    if pointer and not pointer.startswith("/"):
        raise ValueError("a JSON pointer begins with `/`, such as `/data/kind`, or is empty for all of the document")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
