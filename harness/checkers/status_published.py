"""The public status page shows an incident while many are blind, and closes it after."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from harness.checkers.rule import Rule
from harness.model.duration import Duration


class StatusPublished(Rule):
    """The public status page shows an incident while many are blind, and closes it after."""

    kind: Literal["status_published"] = "status_published"
    within: Duration = timedelta(minutes=15)
