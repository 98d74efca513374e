"""What an injector may touch of a run in virtual time: a ``SimulatedWorld`` of ``deadair.injectors``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deadair.engines.probes import Probes
from deadair.engines.simulated.fleet_runtime import SimulatedLoadControl
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.nodes import SimulatedNodes
from deadair.engines.simulated.push_provider import SimulatedPush


@dataclass(frozen=True, slots=True)
class World:
    """The parts of one run that can be broken. ``loads``: by their faults' ids."""

    nodes: SimulatedNodes
    network: Network
    provider: SimulatedPush
    loads: Mapping[str, SimulatedLoadControl]
    speed: float
    probes: Probes

    def start(self, node: str) -> None:
        """Start a node again."""
        self.forget(node)
        self.nodes.start(node)

    def ready(self, node: str) -> bool:
        """Say whether a node answered when it was last asked, and ask it again; waits for nothing."""
        return self.probes.ask_node(node)

    def forget(self, node: str) -> None:
        """Believe nothing that a node answered before this moment."""
        self.probes.forget(node)
