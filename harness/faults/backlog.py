"""Devices that were offline hand in all their old readings at once, from accounts of their own."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from harness.faults.fault import Fault


class Backlog(Fault):
    """Devices that were offline hand in all their old readings at once, from accounts of their own."""

    kind: Literal["backlog"] = "backlog"
    strikes: ClassVar[Literal["node", "link"]] = "link"
    silences: ClassVar[bool] = False
    readings: int = Field(ge=1, le=10_000_000)
    """How many old readings are offered, evenly over the fault's duration."""
