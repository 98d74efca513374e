"""What a run shows while it goes on: one small value, shown by whoever is watching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run. Times are real-life seconds; ``at_s`` counts from the start of the phase."""

    phase: str
    """setting up, warm_up, storm, recovery, ending, or judging."""
    at_s: float = 0.0
    lasts_s: float = 0.0
    faults_active: tuple[str, ...] = ()
    """Such as ``partition uplink[south]``."""
    phones: int = 0
    blind: int = 0
    open_deadlines: int = 0
    alerted: int = 0
    late: int = 0
    fleet_lag_ms: float | None = None
    note: str = ""
    """One sentence worth a line of its own, such as a fault that begins or heals."""


ShowProgress = Callable[[Progress], None]
"""Shows a moment of a run to whoever is watching."""
