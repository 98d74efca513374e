"""Writes a scenario as YAML that ``load`` reads back to an equal value.

Every default is drawn out; what is not set is left out.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from deadair.documents.strict import UNCLEAR
from deadair.scenario.model import Scenario

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_→-]*|[0-9]+(\.[0-9]+)?(ms|s|m|h|d|%)")


def dump(scenario: Scenario) -> str:
    """Return the scenario's text: a key a line, one line for each entry and check."""
    lines: list[str] = []
    for key, value in scenario.model_dump(exclude_none=True).items():
        if isinstance(value, tuple | list) and value:
            lines += [f"{key}:", *(f"  - {_flow(item)}" for item in value)]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """Write any value on one line."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key if key.isdecimal() else _text(key)}: {_flow(below)}" for key, below in value.items())
            + "}"
        )
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _text(value)
    number = Decimal(repr(value))
    return f"{number.normalize() if number else number:f}"


def _text(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in UNCLEAR:
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
