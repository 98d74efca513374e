"""What an alert path is: one way by which a follower is alerted that readings have stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AlertPath:
    """One alert path of a target, by the name that its rows of a history carry."""

    name: str
    whose: Literal["service", "phone"]
    """Who raises the alert: the service, or the phone by itself."""
    through_gateway: bool
    """Whether it comes through the harness's push gateway: then it counts only if the gateway confirms it."""
    sender: str = ""
    """The node that sends it, for a phone's trace."""


def pushed(alert_paths: Iterable[AlertPath]) -> frozenset[str]:
    """Return the names of those that come through the push gateway."""
    return frozenset(path.name for path in alert_paths if path.through_gateway)


def of_service(alert_paths: Iterable[AlertPath]) -> tuple[str, ...]:
    """Return the names of those that are the service's own."""
    return tuple(path.name for path in alert_paths if path.whose == "service")
