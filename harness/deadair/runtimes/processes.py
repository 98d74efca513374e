"""The runtime ``processes``: each node is a process of this machine, in a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deadair.injectors.processes import Spawned, spawn, stop
from deadair.injectors.running_node import RunningNode
from deadair.model.environment import LOOPBACK, Address
from deadair.model.errors import HarnessError
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.runtimes.runtime import Layout, RunMarks


class Processes:
    """The nodes of one run as processes. All are ended by the run's marker, whoever dies."""

    outlives_run = False

    def __init__(self, marks: RunMarks) -> None:
        self._marks = marks
        self._started: list[Spawned] = []

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make nothing: nodes see this machine as everybody does."""
        return LOOPBACK

    def reach(self, socket: str) -> None:
        """Leave it to the run."""

    def listen(self, socket: str, reached: Address) -> Address:
        """Return the very address: nobody stands between."""
        return reached

    def create(self, layout: Layout, note: Callable[[str], None]) -> None:
        """Make nothing: a program is there, or its start fails. Raises HarnessError for a link that has only a name."""
        for detour in layout.detours:
            raise HarnessError(
                f"the link {detour.link} is dialled as {detour.alias}, and a process is told a way by a setting only "
                "({route.…}): processes of one machine have no names of their own"
            )

    def start(self, node: str, start: NodeStart) -> Spawned:
        """Start a process."""
        if not isinstance(start, ProcessStart):
            raise HarnessError(f"the node {node} is no process, and its target says that it runs as one")
        marks = self._marks
        process = spawn(
            node,
            start.argv,
            run_id=marks.run_id,
            folder=start.folder or marks.folder.root,
            log=marks.folder.logs / f"{node}.log",
            cores=marks.cores,
            variables=start.variables,
        )
        self._started.append(process)
        return process

    def others(self) -> Mapping[str, RunningNode]:
        """Return nothing: there is nothing but the nodes."""
        return {}

    def stop_all(self, *, limit_s: float) -> list[str]:
        """End every process. One that has to be killed is no trouble: it has no recorder to close."""
        stop(self._started, limit_s=limit_s)
        return []
