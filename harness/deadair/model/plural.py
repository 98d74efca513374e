"""How a number of things is said: one in the singular, any other number in the plural."""

from __future__ import annotations


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Say ``1 silence``, ``352 silences``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def was(number: int) -> str:
    """Say ``was`` of one, ``were`` of any other number."""
    return "was" if number == 1 else "were"
