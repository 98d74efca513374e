"""Loss, jitter and a slow wire delay what travels, and each seed draws its own."""

from __future__ import annotations

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.network_link import NetworkLink
from deadair.targets.request import Request
from tests.unit.simulated_world import World


def test_loss_is_delay_and_never_disappearance(world: World) -> None:
    world.link.up.loss = 0.5
    for _ in range(200):
        world.ask(limit_s=1e5)
    world.run(2e4)
    waits_s = sorted({round(at - 0.5, 6) for at, _, _ in world.heard})
    assert len(world.heard) == 200
    assert waits_s[:4] == [0.0, 0.2, 0.6, 1.4]


def test_a_slow_wire_carries_one_message_after_the_other(world: World) -> None:
    world.link.up.bytes_per_s = 100.0
    for _ in range(3):
        world.ask(Request("/ping", bytes(1_000 - 155)), limit_s=60.0)
    world.run(60.0)
    assert [at for at, _ in world.reached] == [10.25, 20.25, 30.25]


def test_after_healing_a_slow_wire_is_still_slow(world: World) -> None:
    world.link.up.bytes_per_s = 100.0
    world.link.stall()
    for _ in range(2):
        world.ask(Request("/ping", bytes(1_000 - 155)), limit_s=60.0)
    world.run(50.0)
    world.link.heal()
    world.run(80.0)
    assert [at for at, _ in world.reached] == [60.0, 70.0]


def test_what_is_in_transmission_when_a_slow_wire_stalls_is_not_transmitted_again(world: World) -> None:
    world.link.up.bytes_per_s = 100.0
    world.ask(Request("/ping", bytes(1_000 - 155)), limit_s=60.0)
    world.ask(Request("/ping", bytes(1_000 - 155)), limit_s=60.0, at_s=12.0)
    world.loop.call_at(5.0, world.link.stall)
    world.loop.call_at(15.0, world.link.heal)
    world.run(60.0)
    assert [at for at, _ in world.reached] == [15.0, 25.0]


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
