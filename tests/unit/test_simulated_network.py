"""The simulated network carries, stalls and loses what a real one would, and counts what proves a cut."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.engines.simulated.loop import VirtualLoop
from harness.engines.simulated.network import Network
from harness.engines.simulated.process import Process, charge
from harness.engines.simulated.strands import Strands, run
from harness.engines.simulated.wire import Connections, Link, Wire
from harness.faults.fault import Proof, Sighting
from harness.faults.partition import Partition
from harness.injectors.base import Look
from harness.targets.base import Answer, Request
from tests.unit.looks import When

PLACE = "uplink[south]"
PING = Request("/ping", b"{}")


class World:
    """A node that notes what reaches it, behind one link, and clients that note what they hear and when."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.loop = VirtualLoop()
        self.network = Network(self.loop, 7, delay_s=delay_s)
        self.process = Process(self.loop, "gateway")
        self.reached: list[tuple[float, str]] = []
        self.heard: list[tuple[float, Answer | None, str | None]] = []
        self.link = self.network.link(PLACE)
        self.network.listen("gateway", self.process, self.app)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append((self.loop.time(), scope["path"]))
        if scope["path"] == "/slow":
            await asyncio.sleep(5.0)
        await Response(b"pong")(scope, receive, send)

    def ask(self, request: Request = PING, limit_s: float = 10.0, at_s: float = 0.0) -> None:
        self.loop.call_at(
            at_s, lambda: self.network.exchange(PLACE, "gateway", request, limit_s=limit_s, done=self.hear)
        )

    def die(self) -> None:
        self.process.crash()
        self.network.hush(self.process)

    def hear(self, answer: Answer | None, lost: Literal["fail", "info"] | None) -> None:
        self.heard.append((round(self.loop.time(), 6), answer, lost))

    def run(self, until_s: float) -> None:
        self.loop.call_at(until_s, self.loop.stop)
        self.loop.run_forever()

    def serve(self, handler: Any) -> None:
        self.network.listen("gateway", self.process, Starlette(routes=[Route("/ping", handler, methods=["POST"])]))


@pytest.fixture
def world() -> Any:
    made = World(delay_s=0.25)
    yield made
    made.loop.abandon()
    assert made.loop.crashes == []


def test_an_answer_comes_after_both_delays(world: World) -> None:
    world.ask()
    world.run(1.0)
    assert world.reached == [(0.25, "/ping")]
    assert world.heard == [(0.5, Answer(200, b"pong"), None)]


def test_an_application_gets_what_a_server_would_tell_it(world: World) -> None:
    async def tell(asked: Asked) -> Response:
        return JSONResponse([asked.method, asked.url.path, asked.query_params["sessionId"], await asked.json()])

    world.serve(tell)
    world.ask(Request("/p%69ng?sessionId=a%20b", b'{"x": 1}'))
    world.run(1.0)
    assert world.heard == [(0.5, Answer(200, b'["POST","/ping","a b",{"x":1}]'), None)]


def test_an_answer_in_parts_is_heard_whole(world: World) -> None:
    async def parts(_: Asked) -> Response:
        async def words() -> Any:
            yield b"one "
            await asyncio.sleep(1.0)
            yield b"two"

        return StreamingResponse(words())

    world.serve(parts)
    world.ask()
    world.run(2.0)
    assert world.heard == [(1.5, Answer(200, b"one two"), None)]


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


def test_a_request_gets_through_where_only_answers_stall(world: World) -> None:
    world.link.stall(up=False)
    world.ask(limit_s=2.0)
    world.run(3.0)
    assert world.reached == [(0.25, "/ping")]
    assert world.heard == [(2.0, None, "info")]


def test_an_answer_gets_through_where_only_requests_stall(world: World) -> None:
    world.ask(Request("/slow"))
    world.loop.call_at(1.0, lambda: world.link.stall(down=False))
    world.ask(limit_s=2.0, at_s=1.0)
    world.run(9.0)
    assert world.reached == [(0.25, "/slow")]
    assert [(at, lost) for at, _, lost in world.heard] == [(3.0, "info"), (5.5, None)]


def test_an_answer_on_its_way_stalls_and_arrives_after_healing_if_the_client_still_waits(world: World) -> None:
    world.ask()
    world.loop.call_at(0.4, world.link.stall)
    world.loop.call_at(7.0, world.link.heal)
    world.run(8.0)
    assert world.heard == [(7.0, Answer(200, b"pong"), None)]


def test_a_dead_node_behind_a_proxy_closes_the_connection(world: World) -> None:
    world.die()
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, None, "info")]


def test_a_dead_node_without_a_proxy_refuses(world: World) -> None:
    world.link.proxied = False
    world.process.crash()
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, None, "fail")]


def test_a_node_that_dies_while_it_serves_closes_its_connections(world: World) -> None:
    world.ask(Request("/slow"))
    world.loop.call_at(2.0, world.die)
    world.run(9.0)
    assert world.heard == [(2.25, None, "info")]


def test_a_node_that_dies_closes_no_connection_of_another(world: World) -> None:
    world.ask(Request("/slow"))
    world.loop.call_at(2.0, world.network.hush, Process(world.loop, "watchdog"))
    world.run(9.0)
    assert [(at, lost) for at, _, lost in world.heard] == [(5.5, None)]


def test_a_node_that_dies_after_it_answered_closes_nothing(world: World) -> None:
    told: list[Any] = []
    world.network.trace = lambda *what: told.append(what)
    world.ask()
    world.loop.call_at(0.75, world.die)
    world.run(2.0)
    assert len(told) == 2


def test_a_closed_connection_is_heard_of_only_after_healing(world: World) -> None:
    world.ask(Request("/slow"))
    world.loop.call_at(1.0, world.link.stall)
    world.loop.call_at(2.0, world.die)
    world.loop.call_at(4.0, world.link.heal)
    world.run(9.0)
    assert world.heard == [(4.0, None, "info")]


def test_the_next_process_on_a_socket_serves_what_was_stalled(world: World) -> None:
    world.link.stall()
    world.ask()
    world.run(1.0)
    world.die()
    world.network.listen("gateway", Process(world.loop, "gateway again"), world.app)
    world.link.heal()
    world.run(2.0)
    assert world.heard == [(1.25, Answer(200, b"pong"), None)]


def test_retry_after_is_read(world: World) -> None:
    async def refuse(_: Asked) -> Response:
        return Response(status_code=429, headers={"Retry-After": "30"})

    world.serve(refuse)
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, Answer(429, b"", 30.0), None)]


def test_retry_after_is_read_however_it_is_written(world: World) -> None:
    async def shout(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": [(b"RETRY-AFTER", b"1.5")]})
        await send({"type": "http.response.body"})

    world.network.listen("gateway", world.process, shout)
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, Answer(503, b"", 1.5), None)]


def test_an_application_that_is_cancelled_is_a_500(world: World) -> None:
    async def cancelled(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    world.network.listen("gateway", world.process, cancelled)
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, Answer(500, b"Internal Server Error"), None)]
    assert len(world.network.errors) == 1


def test_an_exception_is_answered_500_and_noted(world: World) -> None:
    async def fail(_: Asked) -> Response:
        raise ValueError("no such thing")

    world.serve(fail)
    world.ask()
    world.run(1.0)
    assert [(answer.status, lost) for _, answer, lost in world.heard if answer] == [(500, None)]
    assert [(socket, str(error)) for socket, error in world.network.errors] == [("gateway", "no such thing")]


def test_an_application_that_breaks_off_its_answer_closes_the_connection(world: World) -> None:
    async def half(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    world.network.listen("gateway", world.process, half)
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, None, "info")]
    assert len(world.network.errors) == 1


def test_an_application_that_answers_nothing_is_a_500(world: World) -> None:
    async def mute(scope: Any, receive: Any, send: Any) -> None:
        return

    world.network.listen("gateway", world.process, mute)
    world.ask()
    world.run(1.0)
    assert world.heard == [(0.5, Answer(500, b"Internal Server Error"), None)]
    assert len(world.network.errors) == 1


def test_a_second_read_waits_for_the_end_of_the_answer(world: World) -> None:
    reads: list[tuple[str, float]] = []

    async def curious(scope: Any, receive: Any, send: Any) -> None:
        async def read_on() -> None:
            for _ in range(2):
                reads.append(((await receive())["type"], world.loop.time()))

        reading = asyncio.create_task(read_on())
        await asyncio.sleep(1.0)
        await Response(b"pong")(scope, receive, send)
        await reading

    world.network.listen("gateway", world.process, curious)
    world.ask()
    world.run(2.0)
    assert reads == [("http.request", 0.25), ("http.disconnect", 1.25)]


def test_an_answer_leaves_when_the_work_for_it_is_done(world: World) -> None:
    async def work(_: Asked) -> Response:
        charge(2.0)
        return Response(b"pong")

    world.serve(work)
    for _ in range(2):
        world.ask()
    world.run(9.0)
    assert [at for at, _, _ in world.heard] == [2.5, 4.5]


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
    wire = Link(loop, name, seed, delay_s=1.0, jitter_s=0.5).up
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


def test_what_travels_outlives_the_process_that_sent_it(world: World) -> None:
    client = Process(world.loop, "watchdog")
    client.run_soon(lambda: world.network.exchange(PLACE, "gateway", PING, limit_s=1.0, done=world.hear))
    world.loop.call_at(0.1, client.crash)
    world.run(1.0)
    assert world.reached == [(0.25, "/ping")]
    assert len(world.heard) == 1


def test_a_limit_is_over_when_it_is_over_even_if_the_clients_process_is_busy(world: World) -> None:
    def ask_and_work() -> None:
        world.network.exchange(PLACE, "gateway", Request("/slow"), limit_s=2.0, done=world.hear)
        charge(9.0)

    Process(world.loop, "watchdog").run_soon(ask_and_work)
    world.run(4.0)
    assert world.heard == [(2.0, None, "info")]


def test_a_client_that_finds_all_connections_in_use_waits_for_one_first_come_first_served(world: World) -> None:
    connections = Connections(world.loop, 1)
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
    connections = Connections(world.loop, 1)
    told: list[tuple[float, bool]] = []
    connections.take()
    connections.wait(2.0, lambda free: told.append((world.loop.time(), free)))
    world.run(3.0)
    assert told == [(2.0, False)]
    connections.give()
    assert not connections.full


def test_an_exchange_holds_its_connection_until_its_end_and_the_next_one_waits(world: World) -> None:
    connections = Connections(world.loop, 1)
    for path in ("/slow", "/next"):
        world.network.exchange(PLACE, "gateway", Request(path), limit_s=9.0, done=world.hear, connections=connections)
    world.run(9.0)
    assert world.reached == [(0.25, "/slow"), (5.75, "/next")]
    assert [(at, lost) for at, _, lost in world.heard] == [(5.5, None), (6.0, None)]
    world.run(30.0)
    assert connections.take()
    assert connections.full


def test_an_exchange_that_gets_no_connection_within_its_limit_is_never_sent(world: World) -> None:
    connections = Connections(world.loop, 1)
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
    connections = Connections(world.loop, 1)
    connections.take()
    world.network.exchange(PLACE, "gateway", Request("/slow"), limit_s=4.0, done=world.hear, connections=connections)
    world.loop.call_at(3.0, connections.give)
    world.run(5.0)
    assert world.heard == [(4.0, None, "info")]
    assert not connections.full


def test_a_process_that_died_while_it_waited_for_a_connection_sends_nothing(world: World) -> None:
    connections = Connections(world.loop, 1)
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


def test_a_trace_tells_each_message_that_arrives(world: World) -> None:
    told: list[tuple[Any, ...]] = []
    world.network.trace = lambda *what: told.append(what)
    world.ask()
    world.run(1.0)
    assert told == [
        (0.25, PLACE, "gateway", "up", PING),
        (0.5, PLACE, "gateway", "down", Answer(200, b"pong")),
    ]


def proof_of_a_cut(world: World, *, asks_at_s: tuple[float, ...]) -> Proof:
    sightings: list[Sighting] = []

    def look(when: When) -> None:
        sightings.append(Sighting(int(world.loop.time() * 1e6), when, PLACE, Look(world.link.facts())))

    for at_s in asks_at_s:
        world.ask(at_s=at_s, limit_s=2.0)
    looks: tuple[tuple[float, When], ...] = ((1.0, "before"), (3.0, "during"), (8.0, "during"), (11.0, "after"))
    for at_s, when in looks:
        world.loop.call_at(at_s, look, when)
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
        strands.sleep(900.0)
        wire.carry(10, deliver, "young")
        strands.sleep(100.0)
        wire.flow()
        strands.sleep(1.0)

    strands = Strands(loop)
    run(loop, work, strands=strands)
    assert arrived == ["young"]
