"""What a fault is: knobs, the breaks it is made of, and the signature that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from deadair.injectors.injector import Break, Look
from deadair.model.place import Place

Strikes = Literal["node", "link", "provider"]
"""What a fault can strike: a node of the target, a link, or the push provider."""
GRACE_REAL_S = 0.3
"""What was on its way when a fault began may still arrive within this; until then nobody looks."""
LOOK_EVERY_REAL_S = 0.2
"""How often a fault is looked at, at the most."""
When = Literal["before", "during", "after"]
"""Of a look: before a break was made, while it lasted, or after it was healed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a fault may know about the run it is in."""

    cohorts: tuple[str, ...]
    outer_links: frozenset[str]
    base_requests_per_s: float
    """What the fleet's own devices and phones send, per real-life second."""
    lasts_s: float
    """Real-life seconds the fault is to last."""
    idle: frozenset[Place] = frozenset()
    """Places of outer links that have a proxy and that nobody uses: nothing could be seen there."""

    def proxies_of(self, where: Place) -> tuple[Place, ...]:
        """Return the places of a link that have a proxy each: of an outer link without a cohort, each cohort's."""
        if where.name in self.outer_links and where.cohort is None:
            every = (Place(where.name, cohort) for cohort in self.cohorts)
            return tuple(place for place in every if place not in self.idle)
        return (where,)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A look at one break: before it, during it or after it was healed."""

    at_us: int
    when: When
    subject: str
    look: Look


@dataclass(frozen=True, slots=True)
class Proof:
    """What the sightings show. ``proved``: it bit; ``gone``: it bites no more; ``why`` says what was (not) seen."""

    proved: bool
    gone: bool
    why: str


class Fault(BaseModel):
    """Base of all faults. A subclass adds ``kind``, its knobs, and says where it can strike."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    strikes: ClassVar[Strikes]
    silences: ClassVar[bool]
    """Whether it is meant to silence somebody: then it must overlap a judged window, or the pass is unknown."""

    looks: ClassVar[int] = 1
    """How many looks while it lasts its proof needs; the last is taken when it is healed."""
    ramp_real_s: ClassVar[float] = 0.0
    """How long it may take to come up to speed after its first look."""

    @property
    def proof_real_s(self) -> float:
        """Return how many real seconds it must last to be proved."""
        return round(GRACE_REAL_S + self.ramp_real_s + (self.looks - 1) * LOOK_EVERY_REAL_S, 3)

    @property
    def name(self) -> str:
        """Return its kind, as scenarios write it."""
        return str(getattr(self, "kind", type(self).__name__))

    @property
    def accounts_needed(self) -> int:
        """How many accounts of its own it sends from; they are enrolled before the warm-up."""
        return 0

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return what must be broken. Pure."""
        raise NotImplementedError

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge the signature from what was seen of all its breaks, in order of time. Pure."""
        raise NotImplementedError
