"""The service's configuration, checked when a node starts. Durations are seconds of the clock it runs by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of a service in production; ``None`` for a capacity means unlimited."""

    sockets: dict[str, int] = field(default_factory=dict)
    """Port on loopback of each socket."""
    routes: dict[str, str] = field(default_factory=dict)
    """``host:port`` to dial for each link."""
    defects: tuple[str, ...] = ()

    gateway_requests_per_s: float | None = None
    store_rows_per_s: float | None = None
    capacity_burst_s: float = 60.0
    """How many seconds' worth of capacity can be saved up."""
    account_requests_per_s: float = 1 / 30
    account_requests_burst: float = 10.0
    backfill_rows_max: int = 200_000
    """Old readings that may wait; more are refused until there is room."""
    fresh_within_s: float = 600.0
    """A reading younger than this when it arrives goes before all older ones."""
    drain_every_s: float = 2.0
    """How often the processor and the notifier look for work."""

    realarm_every_s: float = 900.0
    snooze_max_s: float = 7200.0
    """An alarm cannot be put off for longer, whatever a follower asks for."""
    push_lifetime_s: float = 1800.0
    push_retry_s: float = 5.0
    push_retry_max_s: float = 60.0
    request_timeout_s: float = 10.0
    heartbeat_every_s: float = 30.0
    dead_after_s: float = 150.0
    """A node unheard for this long is taken for dead."""
    push_stuck_after_s: float = 90.0
    """A push undelivered for this long means that pushes cannot leave."""
    calm_for_s: float = 60.0
    """Trouble must be gone this long before it is called over."""
    incident_blind_share: float = 0.05
    published_by_hand_after_s: float = 36_000.0
    """For the defect in which a person publishes the incident."""
    password_memory_kib: int = 19_456
    password_passes: int = 2


def read_settings(path: Path) -> Settings:
    """Read settings from a JSON file. Raises ValueError, saying which key or value is wrong, and OSError."""
    data: Any = json.loads(path.read_text("utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"{path.name}: a JSON object is needed")
    known = {one.name for one in fields(Settings)}
    for name, value in data.items():
        if name not in known:
            raise ValueError(f"{path.name}: {name!r} is no setting; there are {', '.join(sorted(known))}")
        if name.endswith("_s") and value is not None and not (isinstance(value, int | float) and value > 0):
            raise ValueError(f"{path.name}: {name} must be a positive number of seconds or per second, not {value!r}")
    return Settings(**{**data, "defects": tuple(data.get("defects", ()))})
