"""What an injector is. A break is data, so that a ledger can hold it and a guardian can undo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Break:
    """One thing to break: which injector does it, how, where. Its knobs are plain numbers and words."""

    injector: str
    action: str
    subject: str
    """A place as the injector knows it: a proxy's name, a node, a load process."""
    knobs: Mapping[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a break's signature: counters and facts by name, e.g. ``{"asked_bytes": 812, "sent_bytes": 0}``.

    Counters only grow while nothing restarts; what they mean is the fault's business.
    """

    facts: Mapping[str, int | float | bool]


class Injector(Protocol):
    """Four verbs. ``begin`` and ``heal`` raise HarnessError or InjectorLocked, within their own time limit."""

    def begin(self, broken: Break) -> None:
        """Make it happen, and check by reading back that it was taken."""
        ...

    def look(self, broken: Break) -> Look:
        """Look at the signature, without changing anything."""
        ...

    def heal(self, broken: Break) -> None:
        """Undo it. Healing what is not broken is no error."""
        ...

    def healed(self, broken: Break) -> bool:
        """Say whether nothing of it is left."""
        ...
