"""What a run takes of its machine: open files, scratch space, cores. Says in words what there is too little of.

Asked by the doctor, and before a run starts anything. Knows numbers, no scenario.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILES_SPARED = 256
"""Open files that a process of a run needs for other things than connections."""
CONNECTIONS_MAX = 500
"""Devices and phones of the largest scenario that ships."""
SCRATCH_BYTES = 50_000_000
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - looked at, not written to
MEMORY_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """How much of one thing there is. ``needed``: without it nothing may start; otherwise it is only said."""

    what: str
    enough: bool
    found: str
    way: str
    needed: bool = False


def rooms(connections: int = CONNECTIONS_MAX) -> Iterator[Room]:
    """Yield each thing that a live run takes, for a fleet of so many devices and phones."""
    yield _files(connections)
    yield _cores()
    yield _scratch()
    if MEMORY_FOLDER.is_dir():
        free = shutil.disk_usage(MEMORY_FOLDER).free
        way = "libraries may keep shared memory there: remove what fills it, or make it larger"
        yield Room(f"room in {MEMORY_FOLDER}", free >= MEMORY_BYTES, f"{_megabytes(free)} free", way)


def _files(connections: int) -> Room:
    # A connection through a proxy is two files of the proxy.
    needed = FILES_SPARED + 2 * connections
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = most == resource.RLIM_INFINITY or most >= needed
    found = f"a process may open {'any number of' if most == resource.RLIM_INFINITY else most} files"
    way = f"{connections} devices and phones need {needed}: raise the limit (`ulimit -Hn {needed}`), or ask for fewer"
    return Room("open files", enough, found, way, needed=True)


def _cores() -> Room:
    cores = sorted(os.sched_getaffinity(0))
    found = f"{len(cores)} that this process may use: {', '.join(map(str, cores[:8]))}"
    way = "with one core the target slows the harness down, and a busy run ends unknown; allow it a second core"
    return Room("two cores", len(cores) > 1, found, way)


def _scratch() -> Room:
    way = "charts may not be drawn: free some space there, or name another folder in TMPDIR"
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Room("room for scratch files", False, f"none ({error.strerror or error})", way)
    return Room("room for scratch files", free >= SCRATCH_BYTES, f"{_megabytes(free)} free in {folder}", way)


def _megabytes(free: int) -> str:
    return f"{free / 1e6:,.0f} MB"
