"""A simulated network with one node and one link, and what reached whom."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.simulated_process import Process
from deadair.targets.request import Answer, Request

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
