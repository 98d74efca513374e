"""``GET /metrics`` of a node's inner socket. The library behind it is loaded when it is first asked for.

Most nodes are never asked: to load it with them would cost each 3 MB and a tenth of a second of its start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

from starlette.types import ASGIApp, Receive, Scope, Send

from deadair.reference.http.router import Reply, send_reply
from deadair.reference.running.connection_limits import Hall
from deadair.reference.running.live import LiveEnv
from deadair.reference.wiring import ServiceNode

PATH = "/metrics"
METRICS = "deadair.reference.running.metrics"
TEXT = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),)


class MetricsPage:
    """One node's."""

    def __init__(self, name: str, node: ServiceNode, env: LiveEnv, halls: Mapping[str, Hall]) -> None:
        self._of = (name, node, env, halls)
        self._render: Callable[[], bytes] | None = None

    def beside(self, app: ASGIApp) -> ASGIApp:
        """Return an application that has the page, too."""

        async def ask(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", PATH):
                await send_reply(send, Reply(200, await self._page(), TEXT))
            else:
                await app(scope, receive, send)

        return ask

    async def _page(self) -> bytes:
        if self._render is None:
            metrics = await asyncio.to_thread(import_module, METRICS)
            # Whoever asks at the same time may have been the first.
            self._render = self._render or partial(metrics.page, metrics.registry_of(*self._of))
        return self._render()
