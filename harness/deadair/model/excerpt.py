"""What somebody wrote, as a message shows it: short, on one line, and with nothing in it that a terminal would obey."""

from __future__ import annotations

import unicodedata

CHARACTERS_MAX = 60


def excerpt(given: object, *, quotes: bool = True) -> str:
    """Return text in quotes, numbers without, anything else by what it is: ``a list``, ``a mapping``."""
    if given is None:
        return "nothing"
    if isinstance(given, int | float):
        return str(given)
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, tuple | list):
        return "a list"
    text = str(given)
    shown = repr(text if len(text) <= CHARACTERS_MAX else text[: CHARACTERS_MAX - 3] + "…")
    return shown if quotes else shown[1:-1]


def printable(text: str) -> str:
    """Return a text with each character that is not printable as people write it in a program: ``\\x1b``."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def foreign(word: str) -> str:
    """Return which letters of a word only look like ours, in brackets; nothing if all of them are ASCII."""
    strange = dict.fromkeys(each for each in word[:CHARACTERS_MAX] if not each.isascii())
    named = [f"{each!r} is {unicodedata.name(each, 'no letter')}, U+{ord(each):04X}" for each in list(strange)[:3]]
    return f" ({', '.join(named)})" if named else ""
