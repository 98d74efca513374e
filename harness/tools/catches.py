"""Which scenario catches which planted defect, and by which rule: one line each. The page and the tests follow it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@dataclass(frozen=True, slots=True)
class Catch:
    """``scenario`` below the folder of scenarios; ``rule``: the one that the build with the defect violates there."""

    defect: str
    scenario: str
    rule: str = "no_data_deadline"

    @property
    def path(self) -> Path:
        """Return the scenario's file."""
        return SCENARIOS / f"{self.scenario}.yaml"


CATCHES = (
    Catch("arrival-time", "smoke/overload"),
    Catch("alerts-behind-backlog", "smoke/backlog"),
    Catch("fifo", "smoke/overload", "recovers"),
    Catch("watchdog-in-processor", "gate/store-hangs"),
    Catch("timers-lost-on-restart", "smoke/kill"),
    Catch("gives-up", "smoke/provider"),
    Catch("hibernation-guard", "smoke/partition"),
    Catch("masked-by-another", "smoke/lows"),
    Catch("disarmed-by-stored", "smoke/partition"),
    Catch("app-blank-screen", "smoke/partition", "shows_age"),
    Catch("app-shows-old", "smoke/partition", "shows_age"),
    Catch("incident-by-hand", "gate/store-hangs", "status_published"),
)
