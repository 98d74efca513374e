"""What the kernel counts of processes and of cores: how long each ran, how long it waited, what is left for others.

Reads ``/proc`` and nothing else. Where this kernel does not count something there is none, never an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from deadair.injectors.processes import Identity

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
THREADS_MAX = 64
"""Of a process with more threads, so many are looked at: one look must take no time."""
PROC = Path("/proc")


class ProcessorTime(NamedTuple):
    """What one process has had so far, in real seconds. ``waited_s``: each thread's, ready to run while others ran.

    ``ran_s`` holds what its children had that it has seen end: counted twice rather than taken for a stranger's.
    """

    identity: Identity
    ran_s: float
    waited_s: Mapping[int, float]

    def waited_since(self, before: ProcessorTime) -> float:
        """Return how long the thread waited that waited longest since an earlier look at the same process."""
        return max((s - before.waited_s[one] for one, s in self.waited_s.items() if one in before.waited_s), default=0)


class CoreTime(NamedTuple):
    """What some cores together have done so far, in real seconds.

    ``stolen_s``: when the machine they belong to was itself kept from running. Interrupts are left out of ``ran_s``:
    the traffic of the run makes most of them.
    """

    ran_s: float
    stolen_s: float


def processor_time(identity: Identity, proc: Path = PROC) -> ProcessorTime | None:
    """Return what a process has had so far; none if it is gone, or if this kernel does not count it."""
    folder = proc / str(identity.pid)
    waited_s: dict[int, float] = {}
    try:
        ticks = (folder / "stat").read_bytes().rpartition(b")")[2].split()[11:15]
        ran_s = sum(map(int, ticks)) / TICKS_PER_S
        for thread in islice((folder / "task").iterdir(), THREADS_MAX):
            waited_s[int(thread.name)] = int((thread / "schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None
    return ProcessorTime(identity, ran_s, waited_s)


def core_time(cores: Iterable[int], proc: Path = PROC) -> CoreTime | None:
    """Return what these cores have done so far; none if there are none, or if one of them is not counted."""
    wanted = {f"cpu{core}" for core in cores}
    ran, stolen = 0, 0
    try:
        for line in (proc / "stat").read_text("utf-8").splitlines():
            name, *ticks = line.split()
            if name in wanted:
                user, nice, system, _, _, _, _, steal = map(int, ticks[:8])
                ran, stolen = ran + user + nice + system, stolen + steal
                wanted.discard(name)
                if not wanted:
                    return CoreTime(ran / TICKS_PER_S, stolen / TICKS_PER_S)
    except (OSError, ValueError):
        return None
    return None
