"""Asks an ASGI application, with no socket between."""

from __future__ import annotations

import asyncio

import httpx
from starlette.types import ASGIApp


def ask(app: ASGIApp, method: str, path: str, body: bytes = b"") -> httpx.Response:
    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as client:
            return await client.request(method, path, content=body)

    return asyncio.run(once())
