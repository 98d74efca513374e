"""The one list of targets."""

from __future__ import annotations

from harness.targets.base import Target
from harness.targets.reference import Reference

TARGETS: dict[str, Target] = {"reference": Reference()}
