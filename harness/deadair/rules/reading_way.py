"""How a reading gets from its device to a phone: over which places, and what time everybody on that way may take.

Knows no scenario and no target: whoever judges says what theirs is.
"""

from __future__ import annotations

from dataclasses import dataclass

ENDS = frozenset({"device", "phone"})
"""The two ends of every such way, which are no places of the target."""


@dataclass(frozen=True, slots=True)
class ReadingWay:
    """The way, and its times."""

    places: tuple[str, ...]
    """The nodes and links of the target that a reading passes."""
    patience_us: int
    """How long a device may hold back what it has after a failure."""
    reading_every_us: int
    poll_every_us: int
    calm_us: int
    """For how long all must be well before a storm may begin."""
    recovers_us: int
    """How long after a fault was healed the service may still be busy with what it left."""

    def limit_us(self, grace_us: int) -> int:
        """Return how soon after its acknowledgement a reading must be shown."""
        return self.patience_us + 2 * self.poll_every_us + grace_us

    def unconfirmed_us(self, grace_us: int) -> int:
        """Return how much younger what a phone shows may be than what it has confirmed: it does so when it polls again.

        A service may hold a phone to be blind so much sooner than it is.
        """
        return self.reading_every_us + self.poll_every_us + grace_us

    def heard_later_us(self, grace_us: int) -> int:
        """Return how much later than a phone shows a reading a service may hear of it: when it polls again."""
        return self.poll_every_us + grace_us

    def steady_within_us(self, grace_us: int) -> int:
        """Return how soon after the start of the warm-up everybody must have been well for long enough."""
        return self.reading_every_us + self.limit_us(grace_us) + self.calm_us

    def leads_over(self, place: str) -> bool:
        """Say whether a fault at a place is on the way."""
        return place in ENDS or place in self.places
