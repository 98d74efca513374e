"""Lets nodes die as SIGKILL lets them, and starts them again. Knows no target, no runtime and no fault's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deadair.injectors.injection_worlds import LiveWorld, SimulatedProcess, SimulatedWorld
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry
from deadair.injectors.processes import KILL_LIMIT_S, POLL_S
from deadair.injectors.running_node import RunningNode
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError


class NodeKiller:
    """The injector of ``kill``. ``nodes`` holds each node's newest life; ``start`` starts a node again."""

    def __init__(
        self, nodes: Mapping[str, RunningNode], start: Callable[[str], None], ready: Callable[[str], bool]
    ) -> None:
        self._nodes = nodes
        self._start = start
        self._ready = ready
        self._victims: dict[str, RunningNode] = {}

    def begin(self, broken: Break) -> None:
        """Kill the node and everything that belongs to it, and check that it is gone."""
        node = self._of(broken)
        self._victims[broken.subject] = node
        node.kill()
        limit = Deadline.after(KILL_LIMIT_S)
        while node.ended() is None:
            if limit.passed():
                raise HarnessError(f"the node {broken.subject} is still there {KILL_LIMIT_S:g} s after SIGKILL")
            pause(POLL_S)

    def look(self, broken: Break) -> Look:
        """Say whether the node is there and, once it was started again, whether the node answers."""
        victim = self._victims.get(broken.subject)
        node = self._of(broken)
        restarted = victim is not None and node is not victim
        alive = victim.alive() if victim is not None and not restarted else node.alive()
        return Look({"alive": alive, "ready": restarted and alive and self._ready(broken.subject)})

    def heal(self, broken: Break) -> None:
        """Start the node again, unless it runs."""
        if not self.healed(broken):
            self._start(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether the node runs."""
        node = self._of(broken)
        return node.ended() is None and node.alive()

    def _of(self, broken: Break) -> RunningNode:
        if broken.action != "kill" or broken.subject not in self._nodes:
            raise HarnessError(f"there is no node {broken.subject} to {broken.action}")
        return self._nodes[broken.subject]


class SimulatedKiller:
    """The same in virtual time."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._victims: dict[str, SimulatedProcess] = {}

    def begin(self, broken: Break) -> None:
        """Let it die: nothing that it still had to do ever happens."""
        self._victims[broken.subject] = self._world.nodes.process(broken.subject)
        self._world.nodes.kill(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether it lives and, once it was started again, whether it answers."""
        victim, node = self._victims.get(broken.subject), self._world.nodes.process(broken.subject)
        restarted = victim is not None and node is not victim
        alive = victim.alive if victim is not None and not restarted else node.alive
        return Look({"alive": alive, "ready": restarted and alive and self._world.ready(broken.subject)})

    def heal(self, broken: Break) -> None:
        """Start it again, unless it lives."""
        if not self.healed(broken):
            self._world.start(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether it lives."""
        return self._world.nodes.process(broken.subject).alive


def _live(world: LiveWorld, fault_id: str) -> NodeKiller:
    return NodeKiller(world.nodes, world.start, world.ready)


PROCESSES = InjectorEntry(
    "processes",
    ("kill",),
    live=_live,
    simulated=lambda world, fault_id: SimulatedKiller(world),
    undo=None,  # An abort ends the run, and with it the node's place.
    ends_with_run=True,
    ends_node=True,
)
