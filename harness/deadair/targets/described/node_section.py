"""A node of a target, as its file says it: how it is started, what it is told, and what ready means."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from deadair.targets.alerts.message_parts import Regex
from deadair.targets.described.probe_sections import exactly_one
from deadair.targets.described.sections import Command, HttpQuestion, PartName, Section, Template, VariableName


class MountSection(Section):
    """A folder of this machine, seen in a container."""

    source: Template
    """The folder; a relative one lies in the target's folder."""
    inside: str = Field(pattern=r"^/")
    """Where it is seen."""
    read_only: bool = False
    """Whether the container may only read it."""


class BuildSection(Section):
    """An image that is built before the run."""

    folder: str = "."
    """The folder that is handed to the engine; a relative one lies in the target's folder."""
    dockerfile: str = "Dockerfile"
    """The Dockerfile, in that folder."""
    arguments: dict[VariableName, Template] = Field(default={}, max_length=200)
    """The arguments of the build."""


class StartSection(Section):
    """How a node is started. What may be said depends on the target's `runtime`."""

    command: Command | None = None
    """The program and its arguments. `processes` needs it; in a container it takes the place of the image's own."""
    folder: Template = "."
    """Where a process starts; a relative folder lies in the target's folder."""
    image: Template | None = None
    """`docker`: the image."""
    build: BuildSection | None = None
    """`docker`: the image, built."""
    mounts: tuple[MountSection, ...] = ()
    """`docker`: folders that it sees."""
    cpus: float | None = Field(default=None, gt=0, le=1024, allow_inf_nan=False)
    """`docker`: how many cores it may use."""
    memory_mb: int | None = Field(default=None, ge=4, le=10_000_000)
    """`docker`: how much memory it may use."""
    service: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """`compose`: the service of the compose file."""


class TcpReady(Section):
    """Ready while a socket takes connections."""

    socket: PartName
    """The socket."""


class ReadySection(Section):
    """When a node is ready: one of four."""

    http: HttpQuestion | None = None
    """Its answer has a status of 2xx."""
    tcp: TcpReady | None = None
    """A socket takes connections."""
    log: Regex | None = None
    """It has printed a line that this regular expression finds, since it was started. What hangs stays ready by it."""
    command: Command | None = None
    """A program ends with 0, within a second. It starts in the target's folder."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "http", "tcp", "log", "command")
        return self


class NodeSection(Section):
    """One node."""

    start: StartSection
    """How it is started, again after it was killed."""
    variables: dict[VariableName, Template] = Field(default={}, max_length=200)
    """Its environment variables. Nothing of the caller's shell reaches it but what `environment` and `secrets` name."""
    ready: ReadySection | None = None
    """When it is ready; by default while every socket that it serves takes connections."""
