"""A place where something can break: a node, a link, or one cohort's share of a link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deadair.model.excerpt import excerpt

PROVIDER = "push"
"""The place of the push provider, who takes the target's messages and brings them to phones."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """``gateway``, ``notifier→push``, ``uplink`` (all of it) or ``uplink[south]`` (one cohort of it)."""

    name: str
    cohort: str | None = None

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read a place; ``a->b`` is ``a→b``. Raises ValueError for anything that has not that form."""
        match = re.fullmatch(r"([\w-]+?(?:(?:→|->)[\w-]+)?)(?:\[([\w-]+)\])?", text) if len(text) < 200 else None
        if match is None:
            raise ValueError(f"{excerpt(text)} is not a place: write gateway, notifier→push or uplink[south]")
        return cls(match[1].replace("->", "→"), match[2])

    def __str__(self) -> str:
        return f"{self.name}[{self.cohort}]" if self.cohort else self.name
