"""A link goes silent: bytes stall, connections stay, and what was stalled arrives after healing."""

from __future__ import annotations

from typing import ClassVar, Literal



from harness.faults.fault import Fault


class Partition(Fault):
    """A link goes silent: bytes stall, connections stay, and what was stalled arrives after healing."""

    kind: Literal["partition"] = "partition"
    strikes: ClassVar[Literal["node", "link"]] = "link"
    silences: ClassVar[bool] = True
