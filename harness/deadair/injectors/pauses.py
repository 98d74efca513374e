"""Lets nodes stand still and go on, each as its runtime can. Knows no target, no runtime and no fault's meaning.

All processes of a node are stopped together. What stands still cannot end by SIGTERM either: whoever ends a run lets
everything go on first.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

from deadair.injectors.injection_worlds import LiveWorld, SimulatedWorld
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import BrokenRun, InjectorEntry
from deadair.injectors.processes import find, stands_still
from deadair.injectors.running_node import RunningNode
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

STOP_LIMIT_S = 2.0
POLL_S = 0.01


class NodePauser:
    """The injector of ``pause``. ``nodes`` holds each node's newest life.

    ``ready`` says what a node answered last; ``forget`` lets nothing count that it answered before now.
    """

    def __init__(
        self, nodes: Mapping[str, RunningNode], ready: Callable[[str], bool], forget: Callable[[str], None]
    ) -> None:
        self._nodes = nodes
        self._ready = ready
        self._forget = forget
        self._resumed: set[str] = set()

    def begin(self, broken: Break) -> None:
        """Stop the node and check that it stands still."""
        node = self._of(broken)
        node.pause()
        self._wait(node, stopped=True)
        self._resumed.discard(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether the node stands still and, once it was let go on, whether it answers."""
        still = self._of(broken).stands_still()
        ready = not still and broken.subject in self._resumed and self._ready(broken.subject)
        return Look({"stopped": still, "ready": ready})

    def heal(self, broken: Break) -> None:
        """Let the node go on."""
        node = self._of(broken)
        node.resume()
        self._wait(node, stopped=False)
        self._forget(broken.subject)
        self._resumed.add(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether the node goes on."""
        return not self._of(broken).stands_still()

    def _wait(self, node: RunningNode, *, stopped: bool) -> None:
        limit = Deadline.after(STOP_LIMIT_S)
        while node.stands_still() is not stopped and node.alive():
            if limit.passed():
                deed = "stand still" if stopped else "go on"
                raise HarnessError(f"the node {node.name} does not {deed} within {STOP_LIMIT_S:g} s")
            pause(POLL_S)

    def _of(self, broken: Break) -> RunningNode:
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
        self._run = run

    def heal(self, broken: Break) -> None:
        """Let every process of the run go on, and whatever else its nodes are."""
        for identity in find(self._run.run_id):
            identity.send(signal.SIGCONT)
        for life in self._run.lives():
            life.resume()

    def healed(self, broken: Break) -> bool:
        """Say whether nothing of the run stands still."""
        paused = any(stands_still(identity) for identity in find(self._run.run_id))
        return not paused and not any(life.stands_still() for life in self._run.lives())


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
