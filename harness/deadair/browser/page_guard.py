"""Who may see a page of ours, and who may change something: an ASGI layer around any of them. Knows no page.

A page is reached by a host name of its own, for a cookie of 127.0.0.1 reaches every port of it, that of the service
under test too. A link has a token that works once: it becomes a cookie, which no script reads and no other site sends.
Each change needs the page's own origin, and a second token that stands in the form.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_BYTES = 32
SESSIONS_MAX = 50
BODY_BYTES_MAX = 64 * 1024
COOKIE = "deadair"
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADERS = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
PAGE_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
"""What a page of ours may load: nothing from anywhere. One that says its own keeps it."""


class PageGuard:
    """Lets in whoever came by a link of ours. ``host``: the name and port by which the page is reached."""

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._host = host
        self._links: set[bytes] = set()
        self._sessions: dict[str, str] = {}
        """The cookie of each session, with the token that its forms need."""

    def link(self) -> str:
        """Return an address that lets in whoever opens it first."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._links.add(_digest(token))
        return f"http://{self._host}/?{urlencode({'token': token})}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get(b"host", "").lower() != self._host:
            await _refuse(send, 421, f"this page is at http://{self._host}/ only")
            return
        if "token=" in scope["query_string"].decode("latin-1") and scope["method"] == "GET":
            await self._let_in(scope, send)
            return
        form_token = self._sessions.get(_cookie(headers.get(b"cookie", "")))
        if form_token is None:
            await _refuse(send, 403, "open the link that the command printed; it works once")
            return
        if scope["method"] in CHANGES:
            why = self._why_no_change(headers)
            if why:
                await _refuse(send, 403, why)
                return
        scope["state"] = {**scope.get("state", {}), "form_token": form_token}
        await self._app(scope, _limited(receive), _with_headers(send))

    def _why_no_change(self, headers: dict[bytes, str]) -> str:
        # A page that tells nobody where it was has no origin either in its forms; then the browser says whose it is.
        own = headers.get(b"origin") == f"http://{self._host}"
        nameless = headers.get(b"origin") == "null" and headers.get(b"sec-fetch-site") == "same-origin"
        if not own and not nameless:
            return "this change was asked for by another page"
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX or b"transfer-encoding" in headers:
            return f"a form may have {BODY_BYTES_MAX} bytes, and says how many"
        return ""

    async def _let_in(self, scope: Scope, send: Send) -> None:
        token = (parse_qs(scope["query_string"].decode("latin-1")).get("token") or [""])[0]
        known = next((each for each in self._links if hmac.compare_digest(each, _digest(token))), None)
        if known is None:
            await _refuse(send, 403, "this link is used up, or was never one: open the one that the command printed")
            return
        self._links.discard(known)
        while len(self._sessions) >= SESSIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        session = secrets.token_urlsafe(TOKEN_BYTES)
        self._sessions[session] = secrets.token_urlsafe(TOKEN_BYTES)
        cookie = f"{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/".encode()
        await _answer(send, 303, b"", [(b"location", b"/"), (b"set-cookie", cookie)])


def form_token_fits(expected: str, said: object) -> bool:
    """Say whether a form has the token of its session."""
    return isinstance(said, str) and hmac.compare_digest(expected.encode(), said.encode("utf-8", "replace"))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _limited(receive: Receive) -> Receive:
    """Take in no more of a body than a form may have, whatever it said before."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= BODY_BYTES_MAX else {"type": "http.disconnect"}

    return limited


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in HEADERS if name not in there]
            if b"content-security-policy" not in there:
                more.append((b"content-security-policy", PAGE_POLICY))
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return guarded


async def _refuse(send: Send, status: int, why: str) -> None:
    await _answer(send, status, f"{why}\n".encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    every = [*headers, length, *HEADERS, (b"content-security-policy", PAGE_POLICY)]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
