"""Asks an ASGI application, with no socket between."""

from __future__ import annotations

import asyncio

import httpx
from starlette.types import ASGIApp


async def asked(app: ASGIApp, method: str, path: str, body: bytes = b"") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node", trust_env=False) as client:
        return await client.request(method, path, content=body)


def ask(app: ASGIApp, method: str, path: str, body: bytes = b"") -> httpx.Response:
    return asyncio.run(asked(app, method, path, body))
