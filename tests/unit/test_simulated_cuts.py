"""What a cut stalls arrives after healing or never, and the link's counters prove it."""

from __future__ import annotations

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads, run
from deadair.engines.simulated.link_pings import PONG_BYTES, Pings
from deadair.engines.simulated.network_link import Wire
from deadair.faults.fault import Proof, Sighting, When
from deadair.faults.partition import Partition
from deadair.injectors.injector import Look
from deadair.targets.request import Answer, Request
from tests.unit.simulated_world import PLACE, World


def test_a_client_of_a_stalled_link_gives_up_and_its_request_arrives_after_healing_in_order(world: World) -> None:
    world.link.stall()
    for number in range(3):
        world.ask(Request(f"/{number}"), limit_s=2.0, at_s=number * 0.1)
    world.run(5.0)
    assert world.reached == []
    assert [(at, lost) for at, _, lost in world.heard] == [(2.0, "info"), (2.1, "info"), (2.2, "info")]
    world.link.heal()
    world.run(6.0)
    assert world.reached == [(5.0, "/0"), (5.0, "/1"), (5.0, "/2")]
    assert len(world.heard) == 3


def test_messages_that_stalled_on_their_way_arrive_in_the_order_sent_whatever_their_delays(world: World) -> None:
    world.link.up.jitter_s = 1.0
    for number in range(20):
        world.ask(Request(f"/{number}"), at_s=number * 0.01)
    world.loop.call_at(0.2, world.link.stall)
    world.run(5.0)
    world.link.heal()
    world.run(6.0)
    assert world.reached == [(5.0, f"/{number}") for number in range(20)]


def test_an_answer_on_its_way_stalls_and_arrives_after_healing_if_the_client_still_waits(world: World) -> None:
    world.ask()
    world.loop.call_at(0.4, world.link.stall)
    world.loop.call_at(7.0, world.link.heal)
    world.run(8.0)
    assert world.heard == [(7.0, Answer(200, b"pong"), None)]


def proof_of_a_cut(world: World, *, asks_at_s: tuple[float, ...] = (), cut: bool = True) -> Proof:
    sightings: list[Sighting] = []

    def look(when: When) -> None:
        sightings.append(Sighting(int(world.loop.time() * 1e6), when, PLACE, Look(world.link.facts())))

    for at_s in asks_at_s:
        world.ask(at_s=at_s, limit_s=2.0)
    looks: tuple[tuple[float, When], ...] = ((1.0, "before"), (3.0, "during"), (8.0, "during"), (11.0, "after"))
    for at_s, when in looks:
        world.loop.call_at(at_s, look, when)
    if cut:
        world.loop.call_at(2.0, world.link.stall)
    world.loop.call_at(9.0, world.link.heal)
    world.run(12.0)
    return Partition().prove(sightings)


def test_a_link_counts_what_was_asked_and_what_came_back(world: World) -> None:
    world.ask(Request("/ping", b"12345"))
    world.run(1.0)
    assert world.link.facts() == {
        "asked_bytes": 160,
        "asked_segments": 1,
        "sent_bytes": 154,
        "answered_bytes": 154,
        "missed": 0,
    }


def test_a_cut_of_a_link_in_use_is_proved_and_gone_by_its_counters(world: World) -> None:
    proof = proof_of_a_cut(world, asks_at_s=(0.0, 5.0, 10.0))
    assert (proof.proved, proof.gone) == (True, True)


def test_a_cut_of_a_link_that_nobody_uses_is_not_proved(world: World) -> None:
    proof = proof_of_a_cut(world, asks_at_s=(0.0,))
    assert not proof.proved
    assert "nobody sent anything" in proof.why


def test_answers_that_only_reach_clients_who_left_are_no_sign_of_healing(world: World) -> None:
    proof = proof_of_a_cut(world, asks_at_s=(0.0, 5.0))
    assert (proof.proved, proof.gone) == (True, False)


def keep_up(world: World, *, delay_s: float, begin_s: float = 0.0) -> None:
    world.link.up.delay_s = world.link.down.delay_s = delay_s
    world.link.pings = Pings(begin_s, every_s=0.25)


@pytest.mark.parametrize("delay_s", [0.001, 0.4], ids=["fast", "slow"])
def test_a_cut_of_a_link_that_carries_only_pings_is_proved(world: World, delay_s: float) -> None:
    keep_up(world, delay_s=delay_s)
    proof = proof_of_a_cut(world)
    assert (proof.proved, proof.gone) == (True, True)


@pytest.mark.parametrize("delay_s", [0.001, 0.4], ids=["fast", "slow"])
def test_a_link_whose_pings_are_answered_all_the_time_was_not_cut(world: World, delay_s: float) -> None:
    keep_up(world, delay_s=delay_s)
    proof = proof_of_a_cut(world, cut=False)
    assert not proof.proved
    assert "bytes were sent to its clients while it was broken" in proof.why


def test_pings_stand_still_with_their_link_and_are_answered_after_healing(world: World) -> None:
    keep_up(world, delay_s=0.05, begin_s=0.125)
    counted: list[tuple[int, int]] = []

    def look() -> None:
        facts = world.link.facts()
        assert facts["asked_bytes"] > 0
        assert facts["sent_bytes"] == facts["answered_bytes"]
        counted.append((facts["asked_segments"], facts["sent_bytes"] // PONG_BYTES))

    world.loop.call_at(1.2, world.link.stall)
    world.loop.call_at(1.5, world.link.stall)
    world.loop.call_at(100.0, world.link.heal)
    for at_s in (0.2, 0.25, 1.15, 1.3, 99.9, 100.0, 100.2):
        world.loop.call_at(at_s, look)
    world.run(101.0)
    assert counted == [(1, 0), (1, 1), (5, 4), (5, 4), (400, 4), (400, 400), (401, 400)]


def test_the_count_of_answered_pings_never_falls_when_their_link_becomes_slow(world: World) -> None:
    keep_up(world, delay_s=0.001)
    world.run(10.0)
    before = world.link.facts()
    world.link.down.delay_s = 5.0
    assert world.link.facts() == before


def test_what_stood_still_for_longer_than_tcp_waits_never_arrives() -> None:
    loop = VirtualLoop()
    wire = Wire(loop, "up", 1, delay_s=0.001, jitter_s=0.0)
    arrived: list[str] = []

    def deliver(name: str) -> bool:
        arrived.append(name)
        return True

    def work() -> None:
        wire.stall()
        wire.carry(10, deliver, "old")
        threads.sleep(900.0)
        wire.carry(10, deliver, "young")
        threads.sleep(100.0)
        wire.flow()
        threads.sleep(1.0)

    threads = GreenThreads(loop)
    run(loop, work, threads=threads)
    assert arrived == ["young"]
