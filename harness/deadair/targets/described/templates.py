"""Texts with names in braces, such as ``http://{route.api→push}/hook``: what is not known before a run is put in there.

A brace that no name follows is a brace, so JSON needs no care; ``{{name}}`` is the text ``{name}``. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from deadair.documents.error_text import nearest
from deadair.model.excerpt import excerpt

_NAME = r"[A-Za-z_][^{}\s\"':,;]*"
_PLACE = re.compile(rf"\{{\{{(?P<literal>{_NAME})\}}\}}|\{{(?P<name>{_NAME})\}}")


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that are to be put in, in order, each once."""
    return tuple(dict.fromkeys(_plain(found["name"]) for found in _PLACE.finditer(text) if found["name"]))


def unknown_names(text: str, known: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each name that nothing can be put in for."""
    for name in names_in(text):
        if name not in known:
            what = f"there is nothing to put in for {{{excerpt(name, quotes=False)}}}"
            yield f"{what} ({{{{…}}}} is the text itself){nearest(name, known)}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with everything put in. Raises KeyError for a name without a value."""

    def put(found: re.Match[str]) -> str:
        return f"{{{found['literal']}}}" if found["literal"] else values[_plain(found["name"])]

    return _PLACE.sub(put, text)


def number(value: float) -> str:
    """Return a number as services take it: no more digits than it needs, and never ``1e-05``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _plain(name: str) -> str:
    return name.replace("->", "→")
