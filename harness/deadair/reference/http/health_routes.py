"""The routes every node has: whether its process answers, and whether it can do its work."""

from __future__ import annotations

from starlette.requests import Request

from deadair.reference.env import Env
from deadair.reference.http.router import Reply, Routes, reply


def health_route(node: str, env: Env) -> Routes:
    """Return ``GET /livez`` and ``GET /readyz``."""

    async def alive(_: Request) -> Reply:
        return reply({"node": node, "alive": True})

    async def ready(_: Request) -> Reply:
        why = env.trouble()
        if why:
            return reply({"node": node, "ready": False, "why": why}, 503)
        return reply({"node": node, "ready": True})

    return {("GET", "/livez"): alive, ("GET", "/readyz"): ready}
