"""Whoever goes blind is told in time, by a path of the service's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from harness.checkers.rule import Rule
from harness.model.duration import Duration

Path = Literal["service_push", "sentinel_push", "phone_timer"]


class NoDataDeadline(Rule):
    """Whoever goes blind is told in time, by a path of the service's own."""

    kind: Literal["no_data_deadline"] = "no_data_deadline"
    within: Duration = timedelta(minutes=5)
    paths: tuple[Path, ...] = ("service_push", "sentinel_push")
