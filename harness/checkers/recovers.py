"""After the last heal nobody stays blind and the backlog drains."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from harness.checkers.rule import Rule
from harness.model.duration import Duration


class Recovers(Rule):
    """After the last heal nobody stays blind and the backlog drains."""

    kind: Literal["recovers"] = "recovers"
    within: Duration = timedelta(minutes=20)
