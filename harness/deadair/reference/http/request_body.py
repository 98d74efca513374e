"""Reads a request's body with a limit, so that nobody's can fill the memory."""

from __future__ import annotations

from starlette.requests import Request

from deadair.reference.http.share_api import BODY_BYTES_MAX, ShareError


async def read_body(request: Request, *, most: int = BODY_BYTES_MAX) -> bytes:
    """Return the body. Raises ShareError as soon as it is over ``most`` bytes, or breaks off."""
    body = bytearray()
    while True:
        part = await request.receive()
        if part["type"] != "http.request":
            raise ShareError("InvalidArgument", "the body did not arrive whole")
        body += part.get("body", b"")
        if len(body) > most:
            raise ShareError("InvalidArgument", f"the body is over {most} bytes")
        if not part.get("more_body", False):
            return bytes(body)
