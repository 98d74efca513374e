"""Whether the target's nodes get the processor: what they are late with for want of one is no fault of theirs.

Every two real seconds it reads what the kernel counts for each node: how long it ran, and how long it was ready to
run and waited. A node that waited for three quarters of that time is starved if the nodes together did not use their
cores up: then others had them. Judges nothing: each such time is a row.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity, Spawned

EVERY_REAL_S = 2.0
WAITED_SHARE = 0.75
"""A node that waited for a smaller share of its time was slowed down, and no more."""
USED_SHARE = 0.5
"""Where the nodes together used so much of their cores' time, they kept each other waiting."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class ProcessorTime(NamedTuple):
    """What one process has had so far, in real seconds. ``waited_s``: ready to run, while others ran."""

    identity: Identity
    ran_s: float
    waited_s: float


class NodeStarvation:
    """Looks at the nodes that there are now. ``nodes`` may change: a node that was started again is another one."""

    def __init__(self, recorder: Recorder, nodes: Mapping[str, Spawned], *, cores: int) -> None:
        self._recorder = recorder
        self._nodes = nodes
        self._cores = cores
        self._before: dict[str, ProcessorTime] = {}
        self._looked_us = recorder.clock.now_us()

    def look(self) -> None:
        """Look if it is time to, and write down who was starved since the look before."""
        clock = self._recorder.clock
        now_us = clock.now_us()
        real_s = (now_us - self._looked_us) / 1e6 / clock.speed
        if real_s < EVERY_REAL_S:
            return
        times = {node: processor_time(process.identity) for node, process in self._nodes.items()}
        now = {node: had for node, had in times.items() if had is not None}
        for node, waited_s in starved(self._before, now, real_s=real_s, cores=self._cores).items():
            self._recorder.add(
                Kind.STARVED, at_us=now_us, sent_us=self._looked_us, place=node, value=int(waited_s * 1000)
            )
        self._before, self._looked_us = now, now_us


def starved(
    before: Mapping[str, ProcessorTime], now: Mapping[str, ProcessorTime], *, real_s: float, cores: int
) -> dict[str, float]:
    """Return which nodes were starved between two looks, and for how many seconds each waited."""
    both = [node for node, had in now.items() if node in before and before[node].identity == had.identity]
    ran_s = sum(now[node].ran_s - before[node].ran_s for node in both)
    if ran_s >= USED_SHARE * real_s * cores:
        return {}
    waited_s = {node: now[node].waited_s - before[node].waited_s for node in both}
    return {node: seconds for node, seconds in waited_s.items() if seconds > WAITED_SHARE * real_s}


def processor_time(identity: Identity, proc: Path = PROC) -> ProcessorTime | None:
    """Return what a process has had so far; none if it is gone, or if this kernel does not count it."""
    try:
        ticks = (proc / f"{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[11:13]
        waited_ns = int((proc / f"{identity.pid}/schedstat").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return ProcessorTime(identity, sum(map(int, ticks)) / TICKS_PER_S, waited_ns / 1e9)
