"""What this machine or the caller's shell lacks for a described target to be run, said before anything starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from deadair.injectors.child_environment import child_environment
from deadair.targets.described.node_section import StartSection
from deadair.targets.described.target_file import TargetFile
from deadair.targets.described.templates import filled, names_in


def lacking(file: TargetFile, folder: Path, values: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for everything that is not there. ``values``: what is known before a run."""
    if file.compose is not None and not (folder / file.compose.file).is_file():
        yield f"{folder / file.compose.file} is not there, and {file.name} is to be run by it: mend `compose.file`"
    for name, socket in file.sockets.items():
        if socket.server is not None and socket.server.ca_file and not (folder / socket.server.ca_file).is_file():
            yield f"{folder / socket.server.ca_file} is not there, and the socket {name} is to be trusted by it"
    for name, node in file.nodes.items():
        yield from _of_start(f"the node {name} of {file.name}", node.start, folder, values)


def _of_start(whose: str, start: StartSection, folder: Path, values: Mapping[str, str]) -> Iterator[str]:
    built = start.build
    if built is not None and not (folder / built.folder / built.dockerfile).is_file():
        yield f"{whose} is built by {folder / built.folder / built.dockerfile}, which is not there"
    if start.command is None or start.image is not None or built is not None:
        return
    if names_in(start.folder):
        return  # it lies in what is fetched and built first
    if not (folder / start.folder).is_dir():
        yield f"{whose} starts in {folder / start.folder}, which is no folder"
    program = start.command[0]
    if any(name not in values or name.startswith("needs.") for name in names_in(program)):
        return
    program = filled(program, values)
    path = str(folder / start.folder / program) if os.sep in program else program
    if shutil.which(path, path=child_environment().get("PATH", os.defpath)) is None:
        yield f"{whose} is started by {program}, and there is no such program: install it, or mend `command`"
