"""The one list of targets."""

from __future__ import annotations

from deadair.targets.base import Target
from deadair.targets.reference import Reference

TARGETS: dict[str, Target] = {"reference": Reference()}
