"""What an injector may know of the run it breaks: a live one, or one in virtual time. The engines have these forms.

An injector is below the engines and imports none of them; each engine hands itself in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deadair.injectors.link_proxies import LinkProxies
from deadair.injectors.provider_orders import ProviderOrder, Told
from deadair.injectors.running_node import RunningNode


class LiveWorld(Protocol):
    """A live run: nodes of whatever runtime, and processes of this machine."""

    @property
    def nodes(self) -> Mapping[str, RunningNode]:
        """Each node's newest life."""
        ...

    @property
    def control(self) -> Path:
        """The folder of files by which processes of the run are told things."""
        ...

    @property
    def speed(self) -> float:
        """Real-life seconds for each real second."""
        ...

    @property
    def toxiproxy(self) -> LinkProxies:
        """Who controls the run's proxies."""
        ...

    def start(self, node: str) -> None:
        """Start a node again."""
        ...

    def ready(self, node: str) -> bool:
        """Say whether a node answered when it was last asked, and ask it again; waits for nothing."""
        ...

    def forget(self, node: str) -> None:
        """Believe nothing that a node answered before this moment."""
        ...

    def end_load(self, fault_id: str) -> None:
        """End a fault's load process that does not stop. Raises HarnessError if it cannot be proved gone."""
        ...


class SimulatedProcess(Protocol):
    """One life of a node in virtual time."""

    @property
    def alive(self) -> bool:
        """Whether it has not died."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether it was stopped and not let go on."""
        ...

    @property
    def busy(self) -> bool:
        """Whether the loop runs nothing of it now."""
        ...

    def stop(self) -> None:
        """Let it stand still."""
        ...

    def resume(self) -> None:
        """Let it go on."""
        ...


class BreakableNodes(Protocol):
    """The target's nodes in virtual time."""

    def process(self, node: str) -> SimulatedProcess:
        """Return a node's newest life."""
        ...

    def kill(self, node: str) -> None:
        """Let a node die."""
        ...


class SimulatedLink(Protocol):
    """A link in virtual time."""

    @property
    def stalled(self) -> bool:
        """Whether it stands still."""
        ...

    def stall(self) -> None:
        """Let both directions stand still."""
        ...

    def heal(self) -> None:
        """Let it flow again; what stood still arrives now."""
        ...

    def facts(self) -> Mapping[str, int]:
        """Return its counters; see the fault ``partition``."""
        ...

    @property
    def slowed(self) -> bool:
        """Whether it is slower than it was made."""
        ...

    def slow(self, delay_s: float, jitter_s: float) -> None:
        """Let all that travels take so many real seconds longer, each way, by up to the jitter more or less."""
        ...

    def quicken(self) -> None:
        """Let it be as fast as it was made; what is on its way arrives now."""
        ...

    def passed(self) -> tuple[int, float]:
        """Return how many messages it has carried, and the real seconds they took in all; see the fault ``latency``."""
        ...


class SimulatedNetwork(Protocol):
    """All links in virtual time."""

    def link(self, place: str) -> SimulatedLink:
        """Return the link of a place."""
        ...


class SimulatedProvider(Protocol):
    """The push provider in virtual time."""

    def order(self, fault_id: str, order: ProviderOrder) -> None:
        """Let it do what a fault wants."""
        ...

    def withdraw(self, fault_id: str) -> None:
        """Let it do so no more."""
        ...

    def told(self) -> Told:
        """Return what it obeys, and what it did so far."""
        ...

    def link_changed(self, place: str, frozen: bool) -> None:
        """Hear that a link was frozen, or flows again."""
        ...


class SimulatedSignal(Protocol):
    """What is set once, and waited for."""

    def set(self) -> None:
        """Set it."""
        ...

    def is_set(self) -> bool:
        """Say whether it is set."""
        ...

    def wait(self, limit_s: float) -> bool:
        """Wait until it is set, in real seconds at the most; say whether it is."""
        ...


class LoadSays(Protocol):
    """How far a load is, in its own words."""

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        ...

    def model_dump(self) -> dict[str, Any]:
        """Return all that it says."""
        ...


class SimulatedLoad(Protocol):
    """How one load in virtual time is let go and stopped."""

    @property
    def go(self) -> SimulatedSignal:
        """Lets it begin."""
        ...

    @property
    def stop(self) -> SimulatedSignal:
        """Lets it end."""
        ...

    @property
    def ended(self) -> SimulatedSignal:
        """Set once it has ended."""
        ...

    @property
    def status(self) -> LoadSays:
        """What it said last."""
        ...


class SimulatedWorld(Protocol):
    """A run in virtual time."""

    @property
    def nodes(self) -> BreakableNodes:
        """The target's nodes."""
        ...

    @property
    def network(self) -> SimulatedNetwork:
        """All links."""
        ...

    @property
    def provider(self) -> SimulatedProvider:
        """The push provider."""
        ...

    @property
    def loads(self) -> Mapping[str, SimulatedLoad]:
        """The loads by their faults' ids."""
        ...

    @property
    def speed(self) -> float:
        """Real-life seconds for each real second."""
        ...

    def start(self, node: str) -> None:
        """Start a node again."""
        ...

    def ready(self, node: str) -> bool:
        """Say whether a node answered when it was last asked, and ask it again; waits for nothing."""
        ...

    def forget(self, node: str) -> None:
        """Believe nothing that a node answered before this moment."""
        ...
