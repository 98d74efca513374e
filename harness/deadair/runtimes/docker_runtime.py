"""The runtime ``docker``: each node is a container, on a network that only this run has.

Nodes are reached by ports of loopback. They reach this machine, where the proxies are, by its address in the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from deadair.injectors.running_node import RunningNode
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.runtimes.container_logs import ContainerLogs
from deadair.runtimes.container_node import ContainerNode
from deadair.runtimes.container_plan import ContainerPlan
from deadair.runtimes.docker_cleanup import remove_run, stop_containers
from deadair.runtimes.docker_engine import LABEL, DockerEngine
from deadair.runtimes.docker_images import image_for
from deadair.runtimes.forwarders import Forwarders
from deadair.runtimes.node_start import ContainerStart, NodeStart
from deadair.runtimes.runtime import Layout, RunMarks

EVERYWHERE = "0.0.0.0"  # noqa: S104 - within a container, whose ports are published on loopback only


class DockerContainers:
    """The nodes of one run as containers."""

    outlives_run = False

    def __init__(self, marks: RunMarks, socket: str) -> None:
        self._marks = marks
        self._engine = DockerEngine(socket)
        self._labels = {LABEL: marks.run_id}
        self._prefix = f"deadair-{hashlib.sha256(marks.run_id.encode()).hexdigest()[:10]}"
        """How the names of everything begin that this run makes."""
        self._logs = ContainerLogs(socket, marks.folder.logs)
        self._containers: dict[str, str] = {}

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make the network."""
        note("making a network of containers")
        return self._engine.make_network(self._prefix, self._labels).gateway

    def reach(self, socket: str) -> None:
        """Leave it to the run."""

    def listen(self, socket: str, reached: Address) -> Address:
        """Return the port that the target names, else the same one, at every address that the container has."""
        return Address(host=EVERYWHERE, port=self._marks.needs.reached.get(socket, reached).port)

    def create(self, layout: Layout, note: Callable[[str], None]) -> Address | None:
        """Get the images, make all containers, and start the forwarders."""
        marks = self._marks
        stood_in_for = {detour.alias for detour in layout.detours}
        for node, start in layout.starts.items():
            if not isinstance(start, ContainerStart):
                raise HarnessError(f"the node {node} is no container, and its target says that it runs as one")
            image = image_for(self._engine, start, node, marks.folder.root / "docker", note)
            aliases = [alias for alias in (node, f"{node}.direct") if alias not in stood_in_for]
            self._containers[node] = self._engine.create(
                self._plan(node, start, image, layout.reached, aliases), self._labels
            )
        forwarders = Forwarders(self._engine, self._logs, marks, prefix=self._prefix)
        return forwarders.up(layout.detours, network=self._prefix, echo=layout.echo)

    def start(self, node: str, start: NodeStart) -> ContainerNode:
        """Start a node's container, with the files that it had when it ended."""
        life = ContainerNode.started(self._engine, node, self._containers[node])
        self._logs.follow(node, life.container)
        return life

    def others(self) -> Mapping[str, RunningNode]:
        """Return nothing: there is nothing but the nodes."""
        return {}

    def stop_all(self, *, limit_s: float) -> list[str]:
        """End every container, the orderly way if it can, and remove all that carries the run's label."""
        wrong = stop_containers(self._engine.socket, self._containers.values(), limit_s=limit_s)
        self._logs.flush()
        self._containers.clear()
        wrong += remove_run(self._engine.socket, self._marks.run_id)
        self._engine.close()
        return wrong

    def _plan(
        self, node: str, start: ContainerStart, image: str, reached: Mapping[str, Address], aliases: Sequence[str]
    ) -> ContainerPlan:
        return ContainerPlan(
            f"{self._prefix}-{node}",
            image,
            argv=start.argv,
            variables=start.variables,
            published={inside: reached[socket].port for socket, inside in start.ports.items()},
            binds={
                str(mount.source): {"bind": mount.inside, "mode": "ro" if mount.read_only else "rw"}
                for mount in start.mounts
            },
            network=self._prefix,
            aliases=aliases,
            cores=self._marks.cores,
            user=start.user,
            cpus=start.cpus,
            memory_mb=start.memory_mb,
        )
