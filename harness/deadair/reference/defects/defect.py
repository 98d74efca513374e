"""What a planted defect is: a bad part, the good one it takes the place of, and what catches it. Plain data.

Knows neither the parts nor the harness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Catch:
    """A scenario that fails on the build with the defect, and the one rule that is violated there."""

    scenario: str
    """Below the folder of scenarios, without its ending: ``smoke/partition``."""
    rule: str = "no_data_deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One way in which a follow service goes wrong."""

    name: str
    what: str | None
    """What is bad about it, in a sentence: its file's docstring."""
    seen: str
    """Which real service had it."""
    parts: Mapping[type[Any], type[Any]]
    """For each good part whose place it takes, the bad one. Both are built with the same arguments."""
    caught: tuple[Catch, ...]
    """All scenarios that are held to it. In each of them exactly the rule that is named is violated."""
    profiles: tuple[str, ...] = ()
    """The sets of defects that it belongs to."""

    @property
    def summary(self) -> str:
        """Return what is bad about it, and what catches it."""
        scenarios = " and ".join(catch.scenario for catch in self.caught)
        return f"{(self.what or '').strip()} Caught by {scenarios}."
