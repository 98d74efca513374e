"""A value that is not the same for everybody: each with the share of those who have it. Mostly one, for all of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Generic, TypeVar

Value = TypeVar("Value", bound=Hashable)
FINEST = 1_000_000
"""Shares are whole parts of so many."""


@dataclass(frozen=True, slots=True)
class Mixture(Generic[Value]):
    """Values with their shares (0 to 1), which together are all; each value once."""

    parts: tuple[tuple[Value, float], ...]

    @classmethod
    def of_all(cls, value: Value) -> Mixture[Value]:
        """Return the mixture in which everybody has one value."""
        return cls(((value, 1.0),))

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the values, in the order in which they were written."""
        return tuple(value for value, _ in self.parts)

    def members(self, everybody: int) -> dict[Value, int]:
        """Return how many have each value, by largest remainder: always exactly all of them."""
        return apportioned({value: Fraction(share).limit_denominator(FINEST) for value, share in self.parts}, everybody)

    def dealt(self, everybody: int, generator: Random) -> list[Value]:
        """Return each one's value, in an order that the generator draws; where all have the same, it draws nothing."""
        dealt = [value for value, count in self.members(everybody).items() for _ in range(count)]
        if len(self.parts) > 1:
            generator.shuffle(dealt)
        return dealt


def apportioned(shares: Mapping[Value, Fraction], everybody: int) -> dict[Value, int]:
    """Return whole numbers for shares of everybody, by largest remainder: what is over goes to those who lack most."""
    quotas = {name: share * everybody for name, share in shares.items()}
    members = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: members[name] - quotas[name])
    for name in by_remainder[: everybody - sum(members.values())]:
        members[name] += 1
    return members


def share_of_all(share: float | None, everybody: int) -> int:
    """Return how many a share of everybody is, to the nearest; none: nobody."""
    return round(Fraction(share).limit_denominator(FINEST) * everybody) if share else 0
