"""A client has only so many connections, and waits for one within its limit."""

from __future__ import annotations

from deadair.engines.simulated.network_link import ConnectionLimit
from deadair.engines.simulated.simulated_process import Process
from deadair.targets.request import Request
from tests.unit.simulated_world import PING, PLACE, World


def test_a_client_that_finds_all_connections_in_use_waits_for_one_first_come_first_served(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    told: list[tuple[str, bool]] = []
    assert connections.take()
    assert connections.full
    assert not connections.take()
    connections.wait(5.0, lambda free: told.append(("first", free)))
    connections.wait(5.0, lambda free: told.append(("second", free)))
    connections.give()
    world.run(1.0)
    assert told == [("first", True)]
    assert connections.full


def test_a_client_that_waits_for_a_connection_beyond_its_limit_gets_none(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    told: list[tuple[float, bool]] = []
    connections.take()
    connections.wait(2.0, lambda free: told.append((world.loop.time(), free)))
    world.run(3.0)
    assert told == [(2.0, False)]
    connections.give()
    assert not connections.full


def test_an_exchange_holds_its_connection_until_its_end_and_the_next_one_waits(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    for path in ("/slow", "/next"):
        world.network.exchange(PLACE, "gateway", Request(path), limit_s=9.0, done=world.hear, connections=connections)
    world.run(9.0)
    assert world.reached == [(0.25, "/slow"), (5.75, "/next")]
    assert [(at, lost) for at, _, lost in world.heard] == [(5.5, None), (6.0, None)]
    world.run(30.0)
    assert connections.take()
    assert connections.full


def test_an_exchange_that_gets_no_connection_within_its_limit_is_never_sent(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    connections.take()
    world.network.exchange(PLACE, "gateway", PING, limit_s=2.0, done=world.hear, connections=connections)
    world.run(3.0)
    connections.give()
    world.run(4.0)
    assert world.reached == []
    assert world.heard == [(2.0, None, "fail")]
    assert connections.take()
    assert connections.full


def test_the_limit_of_an_exchange_covers_its_wait_for_a_connection(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    connections.take()
    world.network.exchange(PLACE, "gateway", Request("/slow"), limit_s=4.0, done=world.hear, connections=connections)
    world.loop.call_at(3.0, connections.give)
    world.run(5.0)
    assert world.heard == [(4.0, None, "info")]
    assert not connections.full


def test_a_process_that_died_while_it_waited_for_a_connection_sends_nothing(world: World) -> None:
    connections = ConnectionLimit(world.loop, 1)
    connections.take()
    client = Process(world.loop, "watchdog")
    client.run_soon(
        lambda: world.network.exchange(PLACE, "gateway", PING, limit_s=4.0, done=world.hear, connections=connections)
    )
    world.loop.call_at(1.0, client.crash)
    world.loop.call_at(2.0, connections.give)
    world.run(5.0)
    assert world.reached == []
    assert not connections.full
