"""The one list of targets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.described.target_yaml import FILE, read_target
from deadair.targets.made_on_demand import MadeOnDemand, Make
from deadair.targets.noop import Noop
from deadair.targets.reference import Reference
from deadair.targets.reference_docker import ReferenceDocker
from deadair.targets.reference_postgres import ReferencePostgres
from deadair.targets.target import Target

_LISTED: tuple[Target, ...] = (
    Noop(),
    Reference(),
    ReferenceDocker(),
    ReferencePostgres(),
)

SHIPPED = Path(__file__).parent / "shipped"
"""Where those lie that are described by a file, each in a folder of its name."""


def _made() -> Iterator[tuple[str, Make]]:
    yield from ((target.name, partial(_as_it_is, target)) for target in _LISTED)
    yield from ((path.parent.name, partial(_described, path.parent)) for path in sorted(SHIPPED.glob(f"*/{FILE}")))


def _as_it_is(target: Target) -> Target:
    return target


def _described(folder: Path) -> Target:
    return DescribedTarget(read_target(folder))


TARGETS = MadeOnDemand(dict(_made()))
"""All of them, by name."""
