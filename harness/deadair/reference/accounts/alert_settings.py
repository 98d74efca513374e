"""What an invitation says about the alert for missing readings: AlertSettings, durations in ISO 8601. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from deadair.reference.http.share_api import ShareError, object_of

DELAY_MAX_S = 7 * 86_400.0
DURATION = re.compile(
    r"P(?=.*\d)(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?)?", re.ASCII
)
UNITS_S = (86_400, 3600, 60, 1)


@dataclass(frozen=True, slots=True)
class NoDataAlert:
    """How long readings may be missing before the follower is told, 0: never; and how often again, 0: not set."""

    after_s: float
    realarm_every_s: float = 0.0


def parse_alert_settings(data: object) -> NoDataAlert | None:
    """Read AlertSettings, none if they say nothing of this alert. Raises ShareError if they are not sound.

    An alert that is switched off is obeyed, one that is on and never waits would never be silent: that is refused.
    """
    alert: Any = None if data is None else object_of(data, "AlertSettings").get("NoDataAlert")
    if alert is None:
        return None
    enabled = object_of(alert, "NoDataAlert").get("IsEnabled")
    if not isinstance(enabled, bool):
        raise ShareError("InvalidArgument", "IsEnabled must be true or false")
    after_s, realarm_every_s = _duration_s(alert, "AlarmDelay"), _duration_s(alert, "RealarmDelay")
    if enabled and not after_s:
        raise ShareError("InvalidArgument", "AlarmDelay of an enabled NoDataAlert must be longer than nothing")
    return NoDataAlert(after_s if enabled else 0.0, realarm_every_s)


def _duration_s(alert: dict[str, Any], name: str) -> float:
    text = alert.get(name)
    found = DURATION.fullmatch(text) if isinstance(text, str) else None
    seconds = sum(float(part or 0) * unit for part, unit in zip(found.groups(), UNITS_S, strict=True)) if found else -1
    if not 0 <= seconds <= DELAY_MAX_S:
        raise ShareError("InvalidArgument", f"{name} must be a duration such as PT1H, of at most seven days")
    return seconds
