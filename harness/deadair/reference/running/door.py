"""Who may come to a socket at all: no page of a stranger's in somebody's browser, and to the nodes' inner sockets only
who knows the secret that they share. Knows no route's business.

A browser sends what any page asks it to, to loopback too, and says in ``Origin`` whose page that was. Where there is no
secret, an inner socket wants to be called by its address: a page that had its own name point here calls it by that.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from deadair.reference.http.router import reply, send_reply

SECRET_HEADER = "x-follow-secret"  # noqa: S105 - its name
PUBLIC = ("gateway", "status")
"""The sockets that strangers may reach."""
OPEN = ("/livez", "/readyz", "/metrics")
"""What of an inner socket tells nothing but how its node is."""


def door(socket: str, app: ASGIApp, secret: str) -> ASGIApp:
    """Return a socket's application behind its door."""
    wanted = secret.encode()

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        why = _foreign(headers)
        if not why and socket not in PUBLIC and scope["path"] not in OPEN:
            why = _stranger(headers, wanted)
        if why:
            await send_reply(send, reply({"Code": "Forbidden", "Message": why}, 403))
            return
        await app(scope, receive, send)

    return enter


def _foreign(headers: Mapping[bytes, bytes]) -> str:
    origin = headers.get(b"origin")
    if origin is None or origin.partition(b"://")[2] == headers.get(b"host", b""):
        return ""
    return "no page of another origin may send requests to this socket"


def _stranger(headers: Mapping[bytes, bytes], wanted: bytes) -> str:
    if wanted:
        fits = hmac.compare_digest(headers.get(SECRET_HEADER.encode(), b""), wanted)
        return "" if fits else f"this socket wants the service's inner secret in the header {SECRET_HEADER}"
    host = headers.get(b"host", b"").decode("latin-1")
    return "" if _is_address(host) else "without an inner secret this socket has to be called by its address"


def _is_address(host: str) -> bool:
    """Say whether a Host header is an address, or loopback's own name; with a port or without."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return name.lower() == "localhost" or bool(ip_address(name))
    except ValueError:
        return False
