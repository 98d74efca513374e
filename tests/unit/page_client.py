"""A browser as far as a page's own code needs one: it keeps cookies, and sends what it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class PageClient:
    """Asks an application directly, without a socket."""

    def __init__(
        self, app: ASGIApp, host: str, *, headers: dict[str, str] | None = None, follow_redirects: bool = False
    ) -> None:
        self.cookies = httpx.Cookies()
        self._options: dict[str, Any] = {
            "transport": httpx.ASGITransport(app=app),
            "base_url": f"http://{host}",
            "headers": headers or {},
            "follow_redirects": follow_redirects,
        }

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask for a page."""
        return asyncio.run(self._ask("GET", path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        """Send a form."""
        return asyncio.run(self._ask("POST", path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(cookies=self.cookies, **self._options) as client:
            answer = await client.request(method, path, **more)
            self.cookies.update(client.cookies)
            return answer
