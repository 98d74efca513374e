"""One connection to a server, within limits of time, size and number. uvicorn's, which has none of these.

Whoever is slow, silent or endless gets an answer in the API's own form where there is still one to give, and the
connection is closed. It knows HTTP and no path, and takes nothing off an answer that is already under way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Any, Literal, Protocol

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 32_768
HEADERS_MAX = 100
URL_BYTES_MAX = 8192
PIPELINE_MAX = 8
"""Requests that may wait on one connection behind the one that is worked on."""
REFUSALS = {
    400: ("BadRequest", "this is no HTTP request"),
    408: ("RequestTimeout", "the request did not arrive in time"),
    413: ("RequestTooLarge", "the request is too large"),
    431: ("HeadTooLarge", "the request line and the headers are too large"),
    503: ("TooManyConnections", "too many connections are open"),
}


class Guest(Protocol):
    """Whoever has a place in a hall: a connection, or what is to become one."""

    def too_late(self) -> None:
        """Close; whoever has begun a request is told why."""
        ...

    def leave_now(self) -> None:
        """Close, whatever is not sent yet."""
        ...

    def stuck(self) -> bool:
        """Say whether an answer waits to be taken."""
        ...


class Hall:
    """The connections of one server. Those nobody works for, because they are idle or slow, are first to go."""

    def __init__(self, *, connections_max: int, arrive_within_s: float, request_bytes_max: int) -> None:
        self.request_bytes_max = request_bytes_max
        self.refused: Counter[int] = Counter()
        """What was refused before it was a request, by status."""
        self._connections_max = connections_max
        self._arrive_within_s = arrive_within_s
        self._open: set[Guest] = set()
        self._waiting: dict[Guest, float] = {}
        """Since when each has been owing a whole request, the longest first."""
        self._stuck: dict[Guest, float] = {}
        """Since when each has not been taking its answer."""

    def enters(self, one: Guest) -> bool:
        """Take a new connection in, in the place of another if there is no more room; say whether there was."""
        if len(self._open) >= self._connections_max:
            if not self._waiting:
                return False
            next(iter(self._waiting)).leave_now()
        self._open.add(one)
        return True

    def waits(self, one: Guest, now_s: float) -> None:
        """A whole request is to come."""
        self._waiting.pop(one, None)
        self._waiting[one] = now_s

    def arrived(self, one: Guest) -> None:
        """The whole request is there."""
        self._waiting.pop(one, None)

    def left(self, one: Guest) -> None:
        """It is closed."""
        self._open.discard(one)
        self._waiting.pop(one, None)
        self._stuck.pop(one, None)

    def sweep(self, now_s: float) -> None:
        """Close whatever has been too slow."""
        for one, since_s in list(self._waiting.items()):
            if now_s - since_s < self._arrive_within_s:
                break
            self._waiting.pop(one, None)
            one.too_late()
        stuck = {one: self._stuck.get(one, now_s) for one in self._open if one.stuck()}
        for one, since_s in stuck.items():
            if now_s - since_s >= self._arrive_within_s:
                one.leave_now()
        self._stuck = stuck


class Connection(HttpToolsProtocol):
    """uvicorn's connection, in a hall."""

    def __init__(self, hall: Hall, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._hall = hall
        self._received = 0
        self._part: Literal["", "head", "body"] = ""
        self._deaf = False
        self._refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Enter, if there is room."""
        super().connection_made(transport)
        if self._hall.enters(self):
            self._hall.waits(self, self.loop.time())
        else:
            self.refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        self._hall.left(self)
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer whoever has said all and still listens."""
        if self._at_work():
            self.cycle.keep_alive = False
            self._deaf = True
            return self.scheme == "http"  # the transport stays open for the answer; over TLS it never does
        if self._part:
            self.refuse(400)
        return None

    def data_received(self, data: bytes) -> None:
        """Take what came, within limits: that of a head, and that of a whole request."""
        if self._deaf:
            return
        self._received += len(data)
        super().data_received(data)
        in_body = self._part == "body"
        if self._received > (self._hall.request_bytes_max if in_body else HEAD_BYTES_MAX):
            self.refuse(413 if in_body else 431)

    def on_message_begin(self) -> None:
        """Begin a request; what came before, in one piece with it, is not counted."""
        if len(self.pipeline) >= PIPELINE_MAX:
            raise ValueError("too many requests at once")
        super().on_message_begin()
        self._received = 0
        self._part = "head"

    def on_headers_complete(self) -> None:
        """Go on with a head that is not too large."""
        if len(self.headers) > HEADERS_MAX or len(self.url) > URL_BYTES_MAX:
            self._refusal = 431
            raise ValueError("too large a head")
        super().on_headers_complete()
        self._part = "body"

    def on_message_complete(self) -> None:
        """The request is there; unless it was answered before that, it is worked on now."""
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._hall.arrived(self)
        self._received = 0
        self._part = ""

    def on_response_complete(self) -> None:
        """An answer is out: the next request is due, or the rest of it."""
        super().on_response_complete()
        if not self.pipeline and not self._at_work() and not self.transport.is_closing():
            self._hall.waits(self, self.loop.time())

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser did not take."""
        self.refuse(self._refusal)

    def refuse(self, status: int) -> None:
        """Take nothing more; answer why, unless an answer is under way or out that this would be taken for."""
        self._deaf = True
        self._hall.refused[status] += 1
        cycle = self.cycle
        if self._at_work():
            cycle.keep_alive = False  # its own answer goes out first, and is the last one
            return
        under_way = cycle is not None and not cycle.response_complete
        taken = cycle.response_started or self.pipeline if under_way else self._part == "body"
        if not taken and not self.transport.is_closing():
            self.transport.write(_answer(status))
        if under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def too_late(self) -> None:
        """Close; whoever has begun a request is told why."""
        if self._part:
            self.refuse(408)
        else:
            self.transport.close()

    def leave_now(self) -> None:
        """Close, whatever is not sent yet."""
        self._hall.left(self)
        self.transport.abort()

    def stuck(self) -> bool:
        """Say whether an answer waits to be taken."""
        return self.flow.write_paused or self.transport.is_closing()

    def _at_work(self) -> bool:
        """Say whether the newest request came whole and is not answered yet."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body


def _answer(status: int) -> bytes:
    code, words = REFUSALS[status]
    body = orjson.dumps({"Code": code, "Message": words})
    retry = "retry-after: 1\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{retry}connection: close\r\n\r\n"
    )
    return head.encode() + body
