"""Asks an ASGI application, with no socket between."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


async def asked(
    app: ASGIApp, method: str, path: str, body: bytes = b"", *, address: str = "127.0.0.1"
) -> httpx.Response:
    """Ask from an address; from none, as from a proxy that does not say for whom."""
    client: Any = (address, 0) if address else None
    transport = httpx.ASGITransport(app, client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://node", trust_env=False) as asking:
        return await asking.request(method, path, content=body)


def ask(app: ASGIApp, method: str, path: str, body: bytes = b"", **more: str) -> httpx.Response:
    return asyncio.run(asked(app, method, path, body, **more))
