"""Reads the fields of what nodes tell each other. Each raises ValueError, saying which field makes no sense. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

WHOLE_MAX = 2**53
SECONDS_MAX = 1e12
TEXT_MAX = 1000


def record(data: Any) -> dict[str, Any]:
    """Return data that is an object."""
    if not isinstance(data, dict):
        raise ValueError("an object is needed")
    return data


def rows(data: Any) -> list[Any]:
    """Return data that is a list."""
    if not isinstance(data, list):
        raise ValueError("a list is needed")
    return data


def whole(value: Any, name: str) -> int:
    """Return a whole number from 0 on."""
    if type(value) is not int or not 0 <= value < WHOLE_MAX:
        raise ValueError(f"{name} must be a whole number")
    return value


def seconds(value: Any, name: str) -> float:
    """Return seconds from 0 on; none that is not a number, and none without end."""
    if not (type(value) is float or type(value) is int) or not 0 <= value < SECONDS_MAX:
        raise ValueError(f"{name} must be a number of seconds")
    return float(value) or 0.0  # the one zero that there is: there are many of them in memory


@lru_cache(maxsize=1000)
def shared(chosen_s: float) -> float:
    """Return the one object there is for seconds that somebody chose: of very many follows, most chose the same."""
    return chosen_s


def text(value: Any, name: str) -> str:
    """Return a text; it may be empty."""
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise ValueError(f"{name} must be a text")
    return value
