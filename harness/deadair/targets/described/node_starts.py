"""How a node of a described target is started, with everything put in that is known in a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deadair.runtimes.node_start import ComposeStart, ContainerStart, ImageBuild, Mount, NodeStart, ProcessStart
from deadair.targets.described.target_file import TargetFile
from deadair.targets.described.templates import filled


def sockets_of(file: TargetFile, node: str) -> tuple[str, ...]:
    """Return the sockets that a node serves."""
    return tuple(name for name, socket in file.sockets.items() if socket.node in (None, node))


def start_of(
    file: TargetFile, folder: Path, node: str, values: Mapping[str, str], variables: Mapping[str, str]
) -> NodeStart:
    """Return what starts a node. ``variables``: those of the caller's shell that are handed on."""
    section = file.nodes[node]
    start = section.start
    told = {**variables, **{name: filled(text, values) for name, text in section.variables.items()}}
    argv = tuple(filled(word, values) for word in start.command or ())
    if file.runtime == "processes":
        return ProcessStart(argv, told, folder / filled(start.folder, values))
    ports = {name: port for name in sockets_of(file, node) if (port := file.sockets[name].port) is not None}
    if start.service is not None:
        return ComposeStart(start.service, ports, told)
    built = start.build
    image: str | ImageBuild = filled(start.image or "", values)
    if built is not None:
        arguments = {name: filled(text, values) for name, text in built.arguments.items()}
        image = ImageBuild(folder / built.folder, built.dockerfile, arguments)
    mounts = tuple(Mount(folder / filled(one.source, values), one.inside, one.read_only) for one in start.mounts)
    return ContainerStart(image, argv, told, ports, mounts, start.cpus, start.memory_mb)
