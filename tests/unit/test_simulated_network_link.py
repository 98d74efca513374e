"""Jitter delays what travels, and each seed draws its own. A slow link delays all that is sent meanwhile."""

from __future__ import annotations

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.network_link import NetworkLink


def carried(
    steps: list[tuple[float, str]], *, in_order: bool = False, jitter_s: float = 0.0
) -> list[tuple[int, float]]:
    """Return which message came when, of a wire on which these things are done at these moments."""
    loop = VirtualLoop()
    link = NetworkLink(loop, "a", 7, delay_s=0.1)
    wire, seen, sent = link.up, list[tuple[int, float]](), iter(range(100))
    wire.in_order = in_order

    def arrive(number: int) -> bool:
        seen.append((number, round(loop.time(), 6)))
        return True

    deeds = {
        "send": lambda: wire.carry(1, arrive, next(sent)),
        "slow": lambda: link.slow(2.0, jitter_s),
        "quicken": link.quicken,
    }
    for at_s, what in steps:
        loop.call_at(at_s, deeds[what])
    loop.call_at(100.0, loop.stop)
    loop.run_forever()
    loop.abandon()
    return seen


def test_what_is_sent_while_a_link_is_slow_takes_longer_and_what_was_on_its_way_does_not() -> None:
    steps = [(0.0, "send"), (0.05, "slow"), (1.0, "send"), (9.0, "quicken"), (10.0, "send")]
    assert carried(steps) == [(0, 0.1), (1, 3.1), (2, 10.1)]


def test_what_is_on_its_way_when_a_link_is_quick_again_arrives_at_once_in_the_order_sent() -> None:
    steps = [(0.0, "slow"), *((1.0 + number / 100, "send") for number in range(9)), (1.5, "quicken"), (1.5, "send")]
    assert carried(steps, jitter_s=1.0) == [*((number, 1.5) for number in range(9)), (9, 1.6)]


def test_on_one_connection_no_message_overtakes_another() -> None:
    steps = [(0.0, "slow"), *((1.0 + number / 100, "send") for number in range(30))]
    apart, one = carried(steps, jitter_s=1.0), carried(steps, jitter_s=1.0, in_order=True)
    assert [number for number, _ in apart] != list(range(30))
    assert [number for number, _ in one] == list(range(30))
    assert all(2.1 <= at_s - 1.0 - number / 100 + 1.0 <= 4.2 for number, at_s in one)


def test_only_what_was_sent_since_a_link_became_slow_or_quick_is_timed() -> None:
    loop = VirtualLoop()
    link = NetworkLink(loop, "a", 7, delay_s=0.5)
    looks = list[tuple[int, float]]()
    for at_s in (0.0, 1.8, 3.0, 8.8, 10.0):
        loop.call_at(at_s, link.up.carry, 1, lambda: True)
    loop.call_at(2.0, link.slow, 2.0, 0.0)
    loop.call_at(9.0, link.quicken)
    for at_s in (1.0, 2.5, 6.0, 9.5, 11.0):
        loop.call_at(at_s, lambda: looks.append(link.passed()))
    loop.call_at(20.0, loop.stop)
    loop.run_forever()
    loop.abandon()
    assert looks == [(1, 0.5), (1, 0.5), (2, 3.0), (2, 3.0), (3, 3.5)]


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
