"""The times that a service has to be told of: those of the scenario, in real-life seconds. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """What a service is configured by. A service that runs compressed divides each by the speed."""

    no_data_after_s: float = 1200.0
    """T: a phone is blind when the newest reading it has shown is older than this."""
    realarm_s: float = 900.0
    """R: how often an alarm is repeated. No scenario says it, for no rule is about it."""
    reading_every_s: float = 300.0
    """How often a device measures and uploads."""
    poll_every_s: float = 300.0
    """How often a phone polls."""
    session_lasts_s: float | None = None
    """How long a session holds after its log-in; none: as the service has it."""


USUAL = ServiceTimes()
