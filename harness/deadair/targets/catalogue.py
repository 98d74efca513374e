"""The one list of targets."""

from __future__ import annotations

from deadair.targets.noop import Noop
from deadair.targets.reference import Reference
from deadair.targets.reference_docker import ReferenceDocker
from deadair.targets.target import Target

_LISTED: tuple[Target, ...] = (
    Noop(),
    Reference(),
    ReferenceDocker(),
)

TARGETS: dict[str, Target] = {target.name: target for target in _LISTED}
"""All of them, by name."""
