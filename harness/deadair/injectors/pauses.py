"""Lets nodes stand still and go on, by SIGSTOP and SIGCONT. Knows no target and no fault's meaning.

A node is a session of its own, so all of its processes are stopped together. What stands still cannot end by SIGTERM
either: whoever ends a run lets everything go on first.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from deadair.injectors.injection_worlds import LiveWorld, SimulatedWorld
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import BrokenRun, InjectorEntry
from deadair.injectors.processes import Identity, Spawned, find
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

STOP_LIMIT_S = 2.0
POLL_S = 0.01


class NodePauser:
    """The injector of ``pause``. ``nodes`` holds each node's newest process.

    ``ready`` says what a node answered last; ``forget`` lets nothing count that it answered before now.
    """

    def __init__(
        self, nodes: Mapping[str, Spawned], ready: Callable[[str], bool], forget: Callable[[str], None]
    ) -> None:
        self._nodes = nodes
        self._ready = ready
        self._forget = forget
        self._resumed: set[str] = set()

    def begin(self, broken: Break) -> None:
        """Stop the node and check that it stands still."""
        self._signal(broken, signal.SIGSTOP, stopped=True)
        self._resumed.discard(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether the node stands still and, once it was let go on, whether it answers."""
        still = stands_still(self._of(broken).identity)
        ready = not still and broken.subject in self._resumed and self._ready(broken.subject)
        return Look({"stopped": still, "ready": ready})

    def heal(self, broken: Break) -> None:
        """Let the node go on."""
        self._signal(broken, signal.SIGCONT, stopped=False)
        self._forget(broken.subject)
        self._resumed.add(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether the node goes on."""
        return not stands_still(self._of(broken).identity)

    def _signal(self, broken: Break, number: signal.Signals, *, stopped: bool) -> None:
        node = self._of(broken)
        node.identity.send_group(number)
        limit = Deadline.after(STOP_LIMIT_S)
        while stands_still(node.identity) is not stopped and node.identity.alive():
            if limit.passed():
                raise HarnessError(f"the node {broken.subject} does not heed {number.name} within {STOP_LIMIT_S:g} s")
            pause(POLL_S)

    def _of(self, broken: Break) -> Spawned:
        if broken.action != "stop" or broken.subject not in self._nodes:
            raise HarnessError(f"there is no node {broken.subject} to {broken.action}")
        return self._nodes[broken.subject]


class SimulatedPauser:
    """The same in virtual time: a node's CPU stands still, and what comes meanwhile waits for it."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._resumed: set[str] = set()

    def begin(self, broken: Break) -> None:
        """Let it stand still."""
        self._world.nodes.process(broken.subject).stop()
        self._resumed.discard(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether it stands still and, once it was let go on, whether it answers."""
        still = self._stands_still(broken)
        ready = not still and broken.subject in self._resumed and self._world.ready(broken.subject)
        return Look({"stopped": still, "ready": ready})

    def heal(self, broken: Break) -> None:
        """Let it go on."""
        self._world.nodes.process(broken.subject).resume()
        self._world.forget(broken.subject)
        self._resumed.add(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether it goes on, or is dead: then there is nothing to let go on."""
        return not self._stands_still(broken)

    def _stands_still(self, broken: Break) -> bool:
        process = self._world.nodes.process(broken.subject)
        return process.alive and process.stopped and process.busy  # the last is what keeps the loop from running it


class RunResumer:
    """Undoes every pause of a run, for who knows only its marker."""

    def __init__(self, run: BrokenRun) -> None:
        self._run_id = run.run_id

    def heal(self, broken: Break) -> None:
        """Let every process of the run go on."""
        for identity in find(self._run_id):
            identity.send(signal.SIGCONT)

    def healed(self, broken: Break) -> bool:
        """Say whether no process of the run stands still."""
        return not any(stands_still(identity) for identity in find(self._run_id))


def stands_still(identity: Identity) -> bool:
    """Say whether a process lives and is stopped by a signal."""
    try:
        state = Path(f"/proc/{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state == b"T" and identity.alive()


def _live(world: LiveWorld, fault_id: str) -> NodePauser:
    return NodePauser(world.nodes, world.ready, world.forget)


PAUSES = InjectorEntry(
    "pauses",
    ("stop",),
    live=_live,
    simulated=lambda world, fault_id: SimulatedPauser(world),
    undo=lambda run, fault_id: RunResumer(run),
    ends_with_run=True,
)
