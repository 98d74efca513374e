"""What a container is to be, and how it is: values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ContainerNetwork:
    """A network, and this machine's address in it."""

    id: str
    gateway: str


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """A container to be made."""

    name: str
    image: str
    argv: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[int, int | None] = field(default_factory=dict)
    """By port inside: the port of loopback that leads there; none: any that is free."""
    binds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By folder of this machine: ``bind`` (where it is seen) and ``mode``."""
    network: str = ""
    aliases: Sequence[str] = ()
    cores: Sequence[int] = ()
    user: str = ""
    cpus: float | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True)
class ContainerState:
    """How a container is. ``pid``: of its first process on this machine, 0 if it has none."""

    pid: int
    paused: bool
    running: bool
    code: int
