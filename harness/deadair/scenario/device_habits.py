"""What some of a scenario's devices do: shares of the fleet, as values. Which devices and when is drawn elsewhere."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from deadair.fleet.devices.device_life import HABITS, Habit
from deadair.scenario.shares import Share

SILENCING: frozenset[Habit] = frozenset({"gaps", "late_uploads", "sensor_restart", "sensor_codes"})
"""Those by which followers may go blind though nothing is broken."""


class DeviceHabits(BaseModel):
    """What some devices do. It begins when twice the warm-up is over, and ends with the storm."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    gaps: Share | None = None
    """They measure nothing for 5 to 45 minutes, again and again."""
    late_uploads: Share | None = None
    """For 20 to 90 minutes they hand each reading in 12 to 45 minutes after it was measured, then all that is left."""
    sensor_restart: Share | None = None
    """They get a new sensor once, which measures nothing for its first 30 or 60 minutes."""
    sensor_codes: Share | None = None
    """For 5 to 45 minutes they hand in a sensor's code (below 39) instead of each reading, again and again."""
    corrections: Share | None = None
    """They hand in one reading of five once more, with another value, on the same side of 55 mg/dL."""
    two_uploaders: Share | None = None
    """Two uploaders hand in each of their readings, the second a little later."""

    @property
    def shares(self) -> dict[Habit, float]:
        """Return the shares that are named."""
        said = ((habit, getattr(self, habit)) for habit in HABITS)
        return {habit: share for habit, share in said if share is not None}

    @property
    def may_silence(self) -> bool:
        """Say whether followers may go blind by it though nothing is broken."""
        return not SILENCING.isdisjoint(self.shares)
