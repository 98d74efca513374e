"""Puts the description together as one OpenAPI document. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from deadair.reference.description.operations import JSON, SOCKETS, Operation
from deadair.reference.description.schemas import API_ERROR, ERROR, Schema

PORTS = {"gateway": "8710", "gateway-admin": "8711", "status": "8716"}
"""Those of the compose file."""
INNER = "gateway-admin"
OPEN = ("/livez", "/readyz", "/metrics")
RETRY = {"Retry-After": {"description": "seconds to wait", "required": True, "schema": {"type": "integer"}}}
WORDS = {
    400: "no request",
    403: "a page of another origin, or no inner secret",
    404: "there is no such account",
    408: "it did not arrive in time",
    413: "too large",
    429: "too many requests",
    431: "too large a head",
    500: "what is wrong with the request, in the Share API's own form",
    503: "not now",
}
ERROR_OF = {500: "ApiError"}
OF_ALL = (400, 403, 408, 413, 431, 503)
OF_SOCKET = {"gateway": (429, 500), "gateway-admin": (404, 500), "status": ()}


@cache
def document() -> dict[str, Any]:
    """Return it."""
    paths: dict[str, dict[str, Any]] = {}
    for socket, operations in SOCKETS.items():
        for (method, path), operation in operations.items():
            item = paths.setdefault(path, {"servers": [{"url": f"http://127.0.0.1:{PORTS[socket]}"}]})
            item[method.lower()] = _described(socket, path, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The reference follow service",
            "version": "1.0.0",
            "description": "Names of a query's fields may be written in capitals or small letters.",
        },
        "tags": [{"name": socket} for socket in SOCKETS],
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR, "ApiError": API_ERROR},
            "responses": {str(status): _refused(status, ERROR_OF.get(status, "Error")) for status in WORDS},
            "securitySchemes": {"inner_secret": {"type": "apiKey", "in": "header", "name": "X-Follow-Secret"}},
        },
    }


@cache
def document_text() -> bytes:
    """Return it as JSON, as it is served and committed."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"


def _described(socket: str, path: str, operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {"tags": [socket], "summary": operation.summary, "operationId": _named(path)}
    if operation.query:
        said["parameters"] = [
            {"name": name, "in": "query", "required": name not in operation.optional, "schema": schema}
            for name, schema in operation.query.items()
        ]
    if operation.body is not None:
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": operation.body}}}
    if socket == INNER and path not in OPEN:
        said["security"] = [{"inner_secret": []}]
    statuses = sorted({*OF_ALL, *OF_SOCKET[socket], *operation.fails})
    said["responses"] = {
        "200": _done(operation),
        **{str(status): _refusal(status, operation.fails.get(status)) for status in statuses},
    }
    return said


def _done(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "done; an empty body"}
    return {"description": "done", "content": {operation.media: {"schema": operation.answer}}}


def _refusal(status: int, own: Schema | None) -> dict[str, Any]:
    if own is None:
        return {"$ref": f"#/components/responses/{status}"}
    schema = {"anyOf": [own, {"$ref": "#/components/schemas/Error"}]}
    return {"description": WORDS[status], "content": {JSON: {"schema": schema}}}


def _refused(status: int, error: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{error}"}
    said = {"description": WORDS[status], "content": {JSON: {"schema": schema}}}
    return {**said, "headers": RETRY} if status in (429, 503) else said


def _named(path: str) -> str:
    return path.rpartition("/Services/")[2].strip("/").replace("/", "_") or "page"
