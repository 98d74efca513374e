"""The one route every node has: whether it is up."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def health_route(node: str) -> Route:
    """Return ``GET /healthz`` for this node."""

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse({"node": node, "ready": True})

    return Route("/healthz", answer, methods=["GET"])
