"""The one list of targets."""

from __future__ import annotations

from deadair.targets.reference import Reference
from deadair.targets.target import Target

TARGETS: dict[str, Target] = {"reference": Reference()}
