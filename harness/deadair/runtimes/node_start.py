"""How one node of a target is started: what a target says, and what its runtime carries out. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessStart:
    """A process of this machine."""

    argv: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    """Over the short list that every process of a run gets."""
    folder: Path | None = None
    """Where it starts; none: in the run's folder."""


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """An image that is built before the run."""

    folder: Path
    """All of it is handed to the engine, but what its ``.dockerignore`` names."""
    dockerfile: str = "Dockerfile"
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of this machine, seen in a container."""

    source: Path
    inside: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerStart:
    """A container of an image that is named, or built."""

    image: str | ImageBuild
    argv: tuple[str, ...] = ()
    """Nothing: what the image says."""
    variables: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """The sockets that it serves, and on which port inside."""
    mounts: tuple[Mount, ...] = ()
    cpus: float | None = None
    memory_mb: int | None = None
    user: str = ""
    """As whom it runs (``1000:1000``); nothing: as the image says."""
    way: str = ""
    """How a named image is made, for who has not got it; nothing: it can be pulled."""


@dataclass(frozen=True, slots=True)
class ComposeStart:
    """A service of the target's compose file."""

    service: str
    ports: Mapping[str, int] = field(default_factory=dict)
    """The sockets that it serves, and on which port inside."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What ``${NAME}`` is in the compose file."""


NodeStart = ProcessStart | ContainerStart | ComposeStart
"""What a target may ask its runtime to start; each runtime starts one kind."""


def in_words(start: NodeStart) -> list[str]:
    """Return what is started, for the ledger."""
    match start:
        case ProcessStart(argv):
            return list(argv)
        case ContainerStart(image, argv):
            return [image if isinstance(image, str) else str(image.folder), *argv]
        case ComposeStart(service):
            return [service]
