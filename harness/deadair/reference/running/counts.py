"""What a node counts of itself while it works, in plain numbers: dear enough to be asked for now and then only.

``metrics.py`` says it in the words of Prometheus, once somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LATE_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds by which the loop's lateness is counted; one more counts what is beyond them."""
OTHER = "other"
"""Stands for all paths that there are not: strangers may think of any number of them."""


class Counts:
    """Of one node, since its process began."""

    def __init__(self) -> None:
        self.notes: Counter[str] = Counter()
        """How often the node noted what."""
        self.requests: Counter[tuple[str, str, int]] = Counter()
        """Answers by socket, route and status."""
        self.late = [0] * (len(LATE_S) + 1)
        self.late_sum_s = 0.0

    def is_late(self, late_s: float) -> None:
        """Count how late the loop was."""
        self.late[bisect_left(LATE_S, late_s)] += 1
        self.late_sum_s += late_s

    def counted(self, socket: str, app: ASGIApp, paths: Collection[str]) -> ASGIApp:
        """Return a socket's application with its answers counted. ``paths``: those that it knows."""

        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            route = scope["path"] if scope["path"] in paths else OTHER

            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self.requests[socket, route, message["status"]] += 1
                await send(message)

            await app(scope, receive, sent)

        return count
