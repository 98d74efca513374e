"""Whether those whose punctuality is judged get the processor: what they are late with for want of one is no fault.

Every two real seconds it reads what the kernel counts of the target's nodes, of what carries the harness's traffic,
and of the cores that each of these is kept to. Nodes may fill their core by themselves, for some scenarios make them;
starved they are if *others* had part of it meanwhile. Judges nothing: each such time is a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from deadair.engines.live.addresses import Cores
from deadair.engines.live.processor_time import CoreTime, ProcessorTime, core_time, processor_time
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity, Spawned
from deadair.injectors.running_node import RunningNode
from deadair.model.environment import OF_HARNESS, OF_TARGET

EVERY_REAL_S = 2.0
TAKEN_SHARE = 0.2
"""Others had more than so much of the cores. Measured on two, with nodes that fill theirs by design: on a quiet machine
others had 1 to 3 %. With 21 to 26 % all was late and nothing too late; with 38 to 41 % a good service failed."""
DELAYED_SHARE = 0.2
"""Meanwhile somebody waited for longer than this: 14 % at most where the nodes had what they wanted, 23 % at least
where they were late."""
WAITED_SHARE = 0.75
"""Where nobody can say what others had: a node that waited for a smaller share of its time was slowed down only."""
USED_SHARE = 0.5
"""There, too: nodes that together used so much of their cores kept each other waiting."""

ProcessKey = tuple[str, int]
"""What one process is called, with its id."""
Pids = Callable[[], Mapping[str, Sequence[int]]]


class Kept(NamedTuple):
    """Some processes and the cores that they are kept to. ``pids`` may change: who was started again is another one."""

    whose: str
    """One word: whose processes these are."""
    pids: Pids
    cores: Sequence[int]
    """Theirs alone; none where they share all of the machine's with everybody: then nobody can say what others had."""
    cores_shared: int


class ProcessorCounts(NamedTuple):
    """What was counted at one moment."""

    had: Mapping[ProcessKey, ProcessorTime]
    cores: CoreTime | None


class Starvation:
    """Looks at all of them."""

    def __init__(self, recorder: Recorder, several: Sequence[Kept]) -> None:
        self._recorder = recorder
        self._several = several
        self._before: dict[str, ProcessorCounts] = {}
        self._looked_us = recorder.clock.now_us()

    def look(self) -> None:
        """Look if it is time to, and write down who was starved since the look before."""
        clock = self._recorder.clock
        now_us = clock.now_us()
        real_s = (now_us - self._looked_us) / 1e6 / clock.speed
        if real_s < EVERY_REAL_S:
            return
        for kept in self._several:
            now = ProcessorCounts(dict(_had(kept.pids())), core_time(kept.cores))
            before = self._before.get(kept.whose)
            if before is not None:
                self._compare(kept, before, now, real_s=real_s, at_us=now_us)
            self._before[kept.whose] = now
        self._looked_us = now_us

    def _compare(self, kept: Kept, before: ProcessorCounts, now: ProcessorCounts, *, real_s: float, at_us: int) -> None:
        when = {"at_us": at_us, "sent_us": self._looked_us}
        cores = len(kept.cores) or kept.cores_shared
        others_s = others_had(before, now, cores=cores)
        if others_s is not None:
            waits = waited(before.had, now.had, stolen_s=stolen(before, now, cores=cores))
            longest = max(waits, key=waits.__getitem__)
            if others_s > TAKEN_SHARE * real_s and waits[longest] > DELAYED_SHARE * real_s:
                value = round(others_s * 1000)
                self._recorder.add(Kind.STARVED, **when, place=longest, value=value, detail=kept.whose)
            return
        for name, waited_s in starved(before.had, now.had, real_s=real_s, cores=cores).items():
            self._recorder.add(Kind.STARVED, **when, place=name, value=round(waited_s * 1000))


def kept_to(cores: Cores, nodes: Mapping[str, RunningNode], carriers: Sequence[Spawned]) -> tuple[Kept, ...]:
    """Return whose processor is watched in a run: the nodes', and where there are two that of all carriers."""
    of_nodes = Kept(
        OF_TARGET,
        lambda: {node: life.pids() for node, life in nodes.items()},
        cores.target,
        cores_shared=len(os.sched_getaffinity(0)),
    )
    of_carriers = Kept(
        OF_HARNESS,
        lambda: {one.name: (one.identity.pid,) for one in carriers if one.identity.alive()},
        cores.harness,
        cores_shared=len(cores.harness),
    )
    return (of_nodes, of_carriers) if cores.harness else (of_nodes,)


def others_had(before: ProcessorCounts, now: ProcessorCounts, *, cores: int) -> float | None:
    """Return how many real seconds others had of each core between two looks, in the mean; none if nobody can say.

    Nobody can if all processes of some name have ended meanwhile: what those had would count as others'.
    """
    if before.cores is None or now.cores is None:
        return None
    there = {name for name, _ in _both(before.had, now.had)}
    if not there or {name for name, _ in before.had} - there:
        return None
    ran_s = now.cores.ran_s - before.cores.ran_s - _ran(before.had, now.had)
    return max(0.0, ran_s) / cores + stolen(before, now, cores=cores)


def stolen(before: ProcessorCounts, now: ProcessorCounts, *, cores: int) -> float:
    """Return for how long the machine itself had no core, in the mean of them: no process counts that as waiting."""
    if before.cores is None or now.cores is None:
        return 0.0
    return (now.cores.stolen_s - before.cores.stolen_s) / cores


def waited(
    before: Mapping[ProcessKey, ProcessorTime], now: Mapping[ProcessKey, ProcessorTime], *, stolen_s: float = 0.0
) -> dict[str, float]:
    """Return how long they waited for a core between two looks, of each name the one that waited longest."""
    longest_s: dict[str, float] = {}
    for one in _both(before, now):
        waited_s = now[one].waited_since(before[one]) + stolen_s
        longest_s[one[0]] = max(waited_s, longest_s.get(one[0], 0.0))
    return longest_s


def starved(
    before: Mapping[ProcessKey, ProcessorTime],
    now: Mapping[ProcessKey, ProcessorTime],
    *,
    real_s: float,
    cores: int,
) -> dict[str, float]:
    """Return who was starved between two looks by all that is known of them alone, and how long each waited."""
    if _ran(before, now) >= USED_SHARE * real_s * cores:
        return {}
    return {name: seconds for name, seconds in waited(before, now).items() if seconds > WAITED_SHARE * real_s}


def _both(
    before: Mapping[ProcessKey, ProcessorTime], now: Mapping[ProcessKey, ProcessorTime]
) -> tuple[ProcessKey, ...]:
    """Return those that were there at both looks."""
    return tuple(one for one, had in now.items() if one in before and before[one].identity == had.identity)


def _ran(before: Mapping[ProcessKey, ProcessorTime], now: Mapping[ProcessKey, ProcessorTime]) -> float:
    """Return how long all of them ran since: who was not there before was started meanwhile, and ran only since."""
    both = set(_both(before, now))
    return sum(had.ran_s - (before[one].ran_s if one in both else 0.0) for one, had in now.items())


def _had(several: Mapping[str, Sequence[int]]) -> Iterator[tuple[ProcessKey, ProcessorTime]]:
    """Yield what each of the processes that are there has had so far."""
    for name, pids in several.items():
        for identity in map(Identity.of, pids):
            had = None if identity is None else processor_time(identity)
            if had is not None:
                yield (name, had.identity.pid), had
