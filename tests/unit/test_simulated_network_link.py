"""Jitter delays what travels, and each seed draws its own."""

from __future__ import annotations

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.network_link import NetworkLink


def arrivals(seed: int, name: str) -> list[float]:
    loop = VirtualLoop()
    wire = NetworkLink(loop, name, seed, delay_s=1.0, jitter_s=0.5).up
    seen: list[float] = []

    def arrive() -> bool:
        seen.append(loop.time())
        return True

    for _ in range(5):
        wire.carry(1, arrive)
    loop.call_at(2.0, loop.stop)
    loop.run_forever()
    loop.abandon()
    return seen


def test_the_same_seed_draws_the_same_jitter_for_a_link() -> None:
    assert arrivals(1, "a") == arrivals(1, "a")
    assert all(1.0 <= at <= 1.5 for at in arrivals(1, "a"))
    assert len({tuple(arrivals(seed, name)) for seed in (1, 2) for name in ("a", "b")}) == 4
