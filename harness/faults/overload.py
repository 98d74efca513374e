"""Clients in a retry storm: a few accounts ask without pause, ``times`` what the fleet sends."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from harness.faults.fault import Fault


class Overload(Fault):
    """Clients in a retry storm: a few accounts ask without pause, ``times`` what the fleet sends."""

    kind: Literal["overload"] = "overload"
    strikes: ClassVar[Literal["node", "link"]] = "node"
    silences: ClassVar[bool] = False
    times: float = Field(gt=0, le=1000)
    """Offered requests, as a multiple of what the fleet's own devices and phones send."""
