"""What a node draws by lot in virtual time: the same in each run, and something else in each of its lives."""

from __future__ import annotations

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.node_machine import Disks, NodeMachine
from deadair.engines.simulated.simulated_process import Process
from deadair.engines.simulated.virtual_clock import VirtualClock


def drawn(node: str, at_s: float, *, seed: int = 7) -> int:
    """Return what a node draws that is started at a moment of a run."""
    loop = VirtualLoop(start_s=at_s)
    machine = NodeMachine(
        Process(loop, node),
        VirtualClock.of(loop, GreenThreads(loop), speed=60, seed=seed),
        network=Network(loop, seed, delay_s=0.0),
        disks=Disks(),
        sockets={},
        note=None,
    )
    loop.abandon()
    return machine.rng.getrandbits(128)


def test_the_same_run_draws_the_same() -> None:
    assert drawn("gateway", 0.6) == drawn("gateway", 0.6)


def test_a_node_that_was_started_again_draws_anew() -> None:
    lots = [drawn("gateway", at_s) for at_s in (0.6, 9.6, 9.7)]
    lots += [drawn("watchdog", 0.6), drawn("gateway", 0.6, seed=8)]
    assert len(set(lots)) == 5
