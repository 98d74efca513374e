"""The one route every node has: whether it is up."""

from __future__ import annotations

from starlette.requests import Request

from harness.reference.door import Reply, Routes, reply


def health_route(node: str) -> Routes:
    """Return ``GET /healthz`` for this node."""

    async def answer(_: Request) -> Reply:
        return reply({"node": node, "ready": True})

    return {("GET", "/healthz"): answer}
