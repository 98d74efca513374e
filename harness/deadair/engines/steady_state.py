"""Whether the warm-up is calm: judged from what fleet and nodes last reported, over a stretch of time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deadair.fleet.process.status_files import FleetStatus
from deadair.model.duration import in_us
from deadair.model.plural import count
from deadair.scenario.durations import STEADY_FOR

STEADY_FOR_US = in_us(STEADY_FOR)


@dataclass(slots=True)
class SteadyState:
    """Since when everything has been well, and what is missing now."""

    since_us: int | None = None
    missing: str = "nothing was looked at yet"

    def note(self, at_us: int, fleet: FleetStatus | None, nodes: Mapping[str, bool]) -> None:
        """Take in the newest news of fleet and nodes."""
        self.missing = missing(fleet, nodes)
        if self.missing:
            self.since_us = None
        elif self.since_us is None:
            self.since_us = at_us

    def reached(self, at_us: int) -> bool:
        """Say whether all has been well for two minutes."""
        return self.since_us is not None and at_us - self.since_us >= STEADY_FOR_US


def missing(fleet: FleetStatus | None, nodes: Mapping[str, bool]) -> str:
    """Return what is missing for a steady state, in a few words; nothing if nothing is."""
    if fleet is None:
        return "the fleet has reported nothing yet"
    gaps = []
    if fleet.fresh < fleet.phones:
        gaps.append(f"no fresh reading on {fleet.phones - fleet.fresh:,} of {count(fleet.phones, 'phone')}")
    if fleet.presenting:
        gaps.append(f"an alarm or a notice on {count(fleet.presenting, 'phone')}")
    if not_ready := [name for name, ready in nodes.items() if not ready]:
        gaps.append(f"not ready: {', '.join(not_ready)}")
    return "; ".join(gaps)
