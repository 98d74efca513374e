"""Whether the target's nodes get the processor: what they are late with for want of one is no fault of theirs.

Every two real seconds it reads what the kernel counts for each node: how long it ran, and how long it was ready to
run and waited. A node that waited for three quarters of that time is starved if the nodes together did not use their
cores up: then others had them. Judges nothing: each such time is a row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity
from deadair.injectors.running_node import RunningNode

EVERY_REAL_S = 2.0
WAITED_SHARE = 0.75
"""A node that waited for a smaller share of its time was slowed down, and no more."""
USED_SHARE = 0.5
"""Where the nodes together used so much of their cores' time, they kept each other waiting."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
_One = TypeVar("_One")
"""What a process is told apart by."""


class ProcessorTime(NamedTuple):
    """What one process has had so far, in real seconds. ``waited_s``: ready to run, while others ran."""

    identity: Identity
    ran_s: float
    waited_s: float


class NodeStarvation:
    """Looks at the nodes that there are now. ``nodes`` may change: a node that was started again is another one."""

    def __init__(self, recorder: Recorder, nodes: Mapping[str, RunningNode], *, cores: int) -> None:
        self._recorder = recorder
        self._nodes = nodes
        self._cores = cores
        self._before: dict[tuple[str, int], ProcessorTime] = {}
        self._looked_us = recorder.clock.now_us()

    def look(self) -> None:
        """Look if it is time to, and write down who was starved since the look before."""
        clock = self._recorder.clock
        now_us = clock.now_us()
        real_s = (now_us - self._looked_us) / 1e6 / clock.speed
        if real_s < EVERY_REAL_S:
            return
        now = {(node, had.identity.pid): had for node, life in self._nodes.items() for had in processor_times(life)}
        longest_s: dict[str, float] = {}
        for (node, _), waited_s in starved(self._before, now, real_s=real_s, cores=self._cores).items():
            longest_s[node] = max(waited_s, longest_s.get(node, 0.0))
        for node, waited_s in longest_s.items():
            self._recorder.add(
                Kind.STARVED, at_us=now_us, sent_us=self._looked_us, place=node, value=int(waited_s * 1000)
            )
        self._before, self._looked_us = now, now_us


def starved(
    before: Mapping[_One, ProcessorTime], now: Mapping[_One, ProcessorTime], *, real_s: float, cores: int
) -> dict[_One, float]:
    """Return which processes of nodes were starved between two looks, and for how many seconds each waited."""
    both = [one for one, had in now.items() if one in before and before[one].identity == had.identity]
    ran_s = sum(now[one].ran_s - before[one].ran_s for one in both)
    if ran_s >= USED_SHARE * real_s * cores:
        return {}
    waited_s = {one: now[one].waited_s - before[one].waited_s for one in both}
    return {one: seconds for one, seconds in waited_s.items() if seconds > WAITED_SHARE * real_s}


def processor_times(life: RunningNode) -> Iterator[ProcessorTime]:
    """Yield what each of a node's processes has had so far."""
    for identity in map(Identity.of, life.pids()):
        had = None if identity is None else processor_time(identity)
        if had is not None:
            yield had


def processor_time(identity: Identity, proc: Path = PROC) -> ProcessorTime | None:
    """Return what a process has had so far; none if it is gone, or if this kernel does not count it."""
    try:
        ticks = (proc / f"{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[11:13]
        waited_ns = int((proc / f"{identity.pid}/schedstat").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return ProcessorTime(identity, sum(map(int, ticks)) / TICKS_PER_S, waited_ns / 1e9)
