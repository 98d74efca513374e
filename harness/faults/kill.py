"""A node dies by SIGKILL, and is started again when the fault ends."""

from __future__ import annotations

from typing import ClassVar, Literal

from harness.faults.fault import Fault

class Kill(Fault):
    """A node dies by SIGKILL, and is started again when the fault ends."""

    kind: Literal["kill"] = "kill"
    strikes: ClassVar[Literal["node", "link"]] = "node"
    silences: ClassVar[bool] = True
