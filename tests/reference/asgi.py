"""Asks an ASGI application, with no socket between."""

from __future__ import annotations

import asyncio

import httpx
from starlette.types import ASGIApp


async def asked(
    app: ASGIApp, method: str, path: str, body: bytes = b"", *, address: str = "127.0.0.1", **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(address, 49152))
    async with httpx.AsyncClient(transport=transport, base_url="http://node", trust_env=False) as client:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await client.request(method, path, content=body, headers=named)


def ask(app: ASGIApp, method: str, path: str, body: bytes = b"", **more: str) -> httpx.Response:
    return asyncio.run(asked(app, method, path, body, **more))
