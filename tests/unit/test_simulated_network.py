"""The simulated network carries what a real one would, and tells of what a dead or broken server does."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response, StreamingResponse

from deadair.engines.simulated.simulated_process import Process, charge
from deadair.targets.request import Answer, Request
from tests.unit.simulated_world import PING, PLACE, World


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


def test_an_application_is_told_the_address_that_a_link_has_and_none_otherwise(world: World) -> None:
    async def tell(asked: Asked) -> Response:
        return JSONResponse(asked.client)

    world.serve(tell)
    world.ask()
    world.run(1.0)
    world.link.client = ("127.0.0.3", 0)
    world.ask(at_s=1.0)
    world.run(2.0)
    assert [answer.body for _, answer, _ in world.heard if answer] == [b"null", b'["127.0.0.3",0]']


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
    world.ask()
    world.loop.call_at(0.75, world.die)
    world.run(2.0)
    assert world.link.down.asked_segments == 1


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
