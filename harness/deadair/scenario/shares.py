"""How a scenario writes shares, and values that are not the same for everybody: ``{1: 60%, 2: 30%, 7: 10%}``.

A value alone is everybody's. This file knows no YAML, and not what the values are for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, InstanceOf, PlainSerializer, WithJsonSchema

from deadair.model.duration import PATTERN, parse, show
from deadair.model.excerpt import excerpt
from deadair.model.mixture import Mixture

VALUES_MAX = 20
FOLLOWERS_MAX = 10
OFF = "off"
SHARE = {"type": "string", "pattern": r"^\d+(\.\d+)?%$", "examples": ["25%"]}
_Value = TypeVar("_Value", bound=Hashable)


def share_of(text: object) -> float:
    """Read ``25%``. Raises ValueError for anything else."""
    if isinstance(text, str) and text.endswith("%") and text[:-1].replace(".", "", 1).isdecimal() and text.isascii():
        share = round(float(text[:-1]) / 100, 6)
        if 0 < share <= 1:
            return share
    raise ValueError(f"{excerpt(text)} is not a share: write a percentage above 0% and up to 100%, such as 25%")


def show_share(share: float) -> str:
    """Write a share as ``share_of`` reads it."""
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + "%"


def _mixed(said: object, value_of: Callable[[object], _Value]) -> Mixture[_Value]:
    if isinstance(said, Mixture):
        return said
    if not isinstance(said, Mapping):
        return Mixture.of_all(value_of(said))
    if not 0 < len(said) <= VALUES_MAX:
        raise ValueError(f"{len(said)} values are none, or too many; write 1 to {VALUES_MAX}, each with its share")
    shares: dict[_Value, float] = {}
    for key, text in said.items():
        value = value_of(key)
        if value in shares:
            raise ValueError(f"{excerpt(key)} is said twice; keep one")
        shares[value] = share_of(text)
    total = sum(shares.values())
    if round(total, 4) != 1:
        raise ValueError(f"the shares add up to {total * 100:g}%; make them 100%")
    return Mixture(tuple(shares.items()))


def _followers(said: object) -> Mixture[int]:
    """Read how many phones follow a patient. Raises ValueError: somebody must follow somebody."""
    mixture = _mixed(said, _count)
    if not any(mixture.values):
        raise ValueError("0 is out of range; write at least 1: with no phone at all nobody is judged")
    return mixture


def _count(said: object) -> int:
    text = said if isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 5 else None
    number = int(text) if text is not None else said
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{excerpt(said)} is not what belongs here; write a whole number, such as 2")
    if not 0 <= number <= FOLLOWERS_MAX:
        raise ValueError(f"{number} is out of range; write at most {FOLLOWERS_MAX}, and at least 0")
    return number


def _delays(said: object) -> Mixture[timedelta]:
    """Read T, or R. Raises ValueError: whoever has it off is not judged by it, so it may not be off for all."""
    mixture = _mixed(said, _delay)
    if not any(mixture.values):
        raise ValueError("with it off for all nobody is judged; write a duration, such as 20m")
    return mixture


def _delay(said: object) -> timedelta:
    if said == OFF:
        return timedelta()
    delay = parse(said)
    if not delay:
        raise ValueError(f"0m is no time at all; write a duration above zero, such as 5m, or for some of them {OFF}")
    return delay


def _shown(mixture: Mixture[_Value], show_value: Callable[[_Value], str]) -> object:
    return {show_value(value): show_share(share) for value, share in mixture.parts}


def _show_followers(mixture: Mixture[int]) -> object:
    return mixture.values[0] if len(mixture.parts) == 1 else _shown(mixture, str)


def _show_delay(delay: timedelta) -> str:
    return show(delay) if delay else OFF


def _show_delays(mixture: Mixture[timedelta]) -> object:
    return _show_delay(mixture.values[0]) if len(mixture.parts) == 1 else _shown(mixture, _show_delay)


Share = Annotated[float, BeforeValidator(share_of), PlainSerializer(show_share), WithJsonSchema(SHARE)]
FollowerCounts = Annotated[
    InstanceOf[Mixture[int]],
    BeforeValidator(_followers),
    PlainSerializer(_show_followers),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": FOLLOWERS_MAX},
                {"type": "object", "additionalProperties": SHARE, "minProperties": 1, "maxProperties": VALUES_MAX},
            ],
            "examples": [2, {"1": "60%", "2": "30%", "7": "10%"}],
        }
    ),
]
"""A whole number, or several with their shares; 0 only where others have some."""
Delays = Annotated[
    InstanceOf[Mixture[timedelta]],
    BeforeValidator(_delays),
    PlainSerializer(_show_delays),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": PATTERN},
                {"type": "object", "additionalProperties": SHARE, "minProperties": 1, "maxProperties": VALUES_MAX},
            ],
            "examples": ["20m", {"6m": "70%", "20m": "20%", OFF: "10%"}],
        }
    ),
]
"""A duration, or several with their shares; off, which is zero, only where others have one."""
