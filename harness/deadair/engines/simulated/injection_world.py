"""What an injector may touch of a run in virtual time: a ``SimulatedWorld`` of ``deadair.injectors``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deadair.engines.simulated.fleet_runtime import SimulatedLoadControl
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.nodes import SimulatedNodes
from deadair.engines.simulated.push_provider import SimulatedPush


@dataclass(frozen=True, slots=True)
class World:
    """The parts of one run that can be broken. ``loads``: by their faults' ids. ``ready``: whether a node answers."""

    nodes: SimulatedNodes
    network: Network
    provider: SimulatedPush
    loads: Mapping[str, SimulatedLoadControl]
    speed: float
    ready: Callable[[str], bool]
