"""How a node takes connections, on the loop and the server that it runs on."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import uvloop
from starlette.responses import PlainTextResponse

from deadair.reference.running.connection_limits import Hall
from deadair.reference.running.serve import _handles, _server

pytestmark = pytest.mark.live

CALLERS = 64
LIMIT_S = 20.0


async def turns_until_all_are_answered() -> int:
    """Let many callers wait for a server that begins, and return in how many turns of its loop all were answered."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as open_, socket.create_server(("127.0.0.1", 0), backlog=CALLERS) as listening:
        waiting = {open_.enter_context(socket.create_connection(listening.getsockname())) for _ in range(CALLERS)}
        for caller in waiting:
            caller.setblocking(False)
            caller.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        server = _server(PlainTextResponse("yes"), Hall(connections_max=99, arrive_within_s=9.0, request_bytes_max=99))
        serving = loop.create_task(server.serve(_handles(listening)))
        turns = 0
        async with asyncio.timeout(LIMIT_S):
            while waiting:
                await asyncio.sleep(0)
                turns += server.started
                for caller in list(waiting):
                    with contextlib.suppress(BlockingIOError):
                        assert caller.recv(99).startswith(b"HTTP/1.1 200")
                        waiting.remove(caller)
        server.should_exit = True
        await serving
    return turns


def test_a_loop_whose_turns_are_long_does_not_fall_behind_those_who_call() -> None:
    """A turn that stores for 25 ms, forty callers a second: with one taken a turn, each would have gone before it."""
    assert uvloop.run(turns_until_all_are_answered()) < CALLERS / 2
