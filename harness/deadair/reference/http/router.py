"""How requests come to their handlers: by exact path and method, in one look-up. Knows no handler's business.

A path that there is not, a method that a path has not, and a handler that fails are answered in the API's own form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

QUERIES_KEPT = 1024
"""Clients ask the same again and again: their queries are parsed once."""
QUERY_FIELDS_MAX = 100
QUERY_BYTES_MAX = 4096
NOT_FOUND = {"Code": "NotFound", "Message": "there is nothing at this path"}
NOT_ALLOWED = {"Code": "MethodNotAllowed", "Message": "this path does not know this method"}
FAILED = {"Code": "InternalError", "Message": "the request could not be carried out"}
JSON = (b"content-type", b"application/json")


class Reply(NamedTuple):
    """An answer, ready to be sent."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)


Handler = Callable[[Request], Awaitable[Reply]]
Routes = Mapping[tuple[str, str], Handler]
"""Handlers by method and path."""


def reply(data: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> Reply:
    """Return data as a JSON answer."""
    return Reply(status, orjson.dumps(data), (JSON, *headers))


def query_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a request's query, by their names in lower case: clients differ in how they write them.

    The last of those with one name; none of a query that is no query, or too long to be one.
    """
    query = request.scope["query_string"]
    return _fields(query) if len(query) <= QUERY_BYTES_MAX else {}


@lru_cache(QUERIES_KEPT)
def _fields(query: bytes) -> Mapping[str, str]:
    try:
        fields = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
    except ValueError:
        return {}
    return {name.lower(): value for name, value in fields}


class Router:
    """An ASGI application over its routes."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._methods: dict[str, list[str]] = {}
        self.paths = self._methods.keys()
        """Every path that there is."""
        for method, path in routes:
            self._methods.setdefault(path, []).append(method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What a handler raises is answered, and raised again: the server has to know."""
        if scope["type"] != "http":
            raise ValueError(f"a {scope['type']} is no request")
        handler = self._routes.get((scope["method"], scope["path"]))
        if handler is None:
            await send_reply(send, self._refusal(scope["path"]))
            return
        try:
            answer = await handler(Request(scope, receive))
        except Exception:
            await send_reply(send, reply(FAILED, 500))
            raise
        await send_reply(send, answer)

    def _refusal(self, path: str) -> Reply:
        allowed = self._methods.get(path)
        if allowed is None:
            return reply(NOT_FOUND, 404)
        return reply(NOT_ALLOWED, 405, (b"allow", ", ".join(allowed).encode()))


async def send_reply(send: Send, answer: Reply) -> None:
    """Send an answer."""
    length = (b"content-length", b"%d" % len(answer.body))
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})
