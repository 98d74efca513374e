"""How a service writes down a moment: as Unix seconds, as Unix milliseconds, or as text. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any, Literal

TimeFormat = Literal["s", "ms", "iso"]
"""Unix seconds, Unix milliseconds, or ISO 8601; a number may stand in quotes, or within ``Date(…)``."""

WALL_MAX_S = 1e12
"""Later than any moment that anybody means."""
_NUMBER = re.compile(r"(?:/?Date\()?(-?\d{1,17}(?:\.\d{1,9})?)(?:[+-]\d{4})?(?:\)/?)?", re.ASCII)


def seconds_of(said: Any, form: TimeFormat) -> float | None:
    """Return the Unix seconds that a service means; none if it means nothing that we know."""
    seconds = _of_text(said) if form == "iso" else _of_number(said, 1000.0 if form == "ms" else 1.0)
    return seconds if seconds is not None and abs(seconds) < WALL_MAX_S else None


def written(at_s: float, form: TimeFormat) -> int | str:
    """Return a moment as the service writes it: a whole number, or ISO 8601 in UTC."""
    if form == "ms":
        return round(at_s * 1000)
    if form == "s":
        return math.floor(at_s)
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _of_number(said: Any, per_s: float) -> float | None:
    if isinstance(said, str):
        found = _NUMBER.fullmatch(said.strip()[:64])
        said = float(found[1]) if found else None
    if isinstance(said, bool) or not isinstance(said, int | float) or not abs(said) < WALL_MAX_S * 1e6:
        return None
    return said / per_s


def _of_text(said: Any) -> float | None:
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said.strip()[:64])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
