"""Durations as people write them: ``90s``, ``5m``, ``66h``, always with a unit."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from deadair.model.excerpt import excerpt

UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
PATTERN = r"^\d+(\.\d+)?(ms|s|m|h|d)$"
LONGEST = timedelta(days=31)


def parse(text: object) -> timedelta:
    """Read ``5m`` as a duration. Raises ValueError, saying what to write, for anything else."""
    if isinstance(text, timedelta):
        return text
    match = (
        re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", text) if isinstance(text, str) and len(text) < 20 else None
    )
    if match is None:
        raise ValueError(f"{excerpt(text)} is not a duration: write a number and a unit, such as 90s, 5m or 66h")
    seconds = float(match[1]) * UNITS_S[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text} is longer than {LONGEST.days}d, the longest a scenario may name")
    if abs(seconds * 1000 - round(seconds * 1000)) > 1e-6:
        raise ValueError(f"{text} is finer than a millisecond, the finest a scenario may name")
    return timedelta(milliseconds=round(seconds * 1000))


def show(duration: timedelta) -> str:
    """Write a duration in the largest unit that keeps it a whole number: ``5m``, never ``PT5M``."""
    milliseconds = round(duration.total_seconds() * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0m"


def in_us(duration: timedelta) -> int:
    """Return whole microseconds."""
    return duration // timedelta(microseconds=1)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(show),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["90s", "5m", "66h"]}),
]


def _some_time(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("0m is no time at all; write a duration above zero, such as 5m")
    return duration


Lasting = Annotated[Duration, AfterValidator(_some_time)]
"""A duration above zero."""
