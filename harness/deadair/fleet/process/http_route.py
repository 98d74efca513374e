"""One HTTP route of the live fleet: a request out, an answer or its loss back, each with when. Runs under gevent.

It knows no device, no phone and no history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import quote

import gevent
from gevent.lock import BoundedSemaphore
from geventhttpclient.response import HTTPParseError, HTTPResponse

from deadair.fleet.process.connections import Connections
from deadair.fleet.request_outcome import Exchange, request_limit_s, retry_after_s
from deadair.model.clock import RunClock
from deadair.model.environment import Address
from deadair.targets.request import Answer, Request

ANSWER_BYTES_MAX = 4 * 1024 * 1024
BLOCK_BYTES = 16_384
PLAIN_PATH = re.compile(r"/[!-~]*")


class HttpRoute:
    """A keep-alive pool of connections to one address. A request waits for a free one, then takes at most its limit."""

    def __init__(self, address: Address, clock: RunClock, *, connections: int = 256) -> None:
        self.clock = clock
        self.limit_s = request_limit_s(clock.speed)
        self._host = address.called
        self._connections = Connections(address)
        self._free = BoundedSemaphore(connections)

    @property
    def full(self) -> bool:
        """Whether every connection is in use."""
        return bool(self._free.locked())

    def prepare(self, request: Request) -> bytes:
        """Return the bytes of a request, as ``send`` takes them."""
        path = request.path
        if PLAIN_PATH.fullmatch(path) is None:
            path = quote("/" + path.lstrip("/"), safe="/?&=%:@+,;~")
        head = f"Host: {self._host}\r\nUser-Agent: deadair-fleet\r\n"
        if request.body or request.method != "GET":
            head += f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n"
        head += "Accept: application/json\r\n"
        if request.headers:
            head = _with_own(head, request.headers)
        return f"{request.method} {path} HTTP/1.1\r\n{head}\r\n".encode() + request.body

    def exchange(self, request: Request) -> Exchange:
        """Send a request and wait for its answer, within the limit. Never raises for what the other side does."""
        return self.send(self.prepare(request))

    def send(self, prepared: bytes) -> Exchange:
        """Send what was prepared, as ``exchange`` does."""
        if not self._free.acquire(timeout=self.limit_s):
            now_us = self.clock.now_us()
            return Exchange(now_us, now_us, lost="fail")
        sent_us = self.clock.now_us()
        answer: Answer | None = None
        lost: Literal["fail", "info"] | None = "info"
        limit = gevent.Timeout.start_new(self.limit_s)
        try:
            connection = self._connect()
            if connection is None:
                lost = "fail"
            else:
                answer = self._talk(connection, prepared)
        except (OSError, HTTPParseError, gevent.GreenletExit):
            pass
        except gevent.Timeout as timeout:
            if timeout is not limit:
                raise
        finally:
            limit.close()
            self._free.release()
        return Exchange(sent_us, self.clock.now_us(), answer, None if answer else lost)

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _connect(self) -> Any | None:
        try:
            return self._connections.take()
        except OSError:
            return None

    def _talk(self, connection: Any, message: bytes) -> Answer | None:
        """Return the answer, none if it is larger than anything this protocol says."""
        heard = _Heard("POST")
        keep = False
        try:
            connection.sendall(message)
            received = 0
            while not heard.whole():
                part = connection.recv(BLOCK_BYTES)
                heard.feed(part)
                if not part and not heard.whole():
                    raise HTTPParseError("the connection ended before the answer did")
                received += len(part)
                if received > ANSWER_BYTES_MAX:
                    return None
                if received > BLOCK_BYTES:
                    gevent.sleep(0)  # a flood that never lets recv wait must not hold everybody else up
            keep = not heard.should_close()
        finally:
            if keep:
                self._connections.keep(connection)
            else:
                connection.close()
        headers = tuple((name.lower(), value) for name, value in heard.items())
        return Answer(heard.get_code(), bytes(heard.body), retry_after_s(heard.get("retry-after")), headers)


def _with_own(head: str, own: Iterable[tuple[str, str]]) -> str:
    """Return a head with a request's own headers, each in place of one of its name. None of them has an end of line."""
    lines = {line.partition(":")[0].lower(): line for line in head.splitlines()}
    lines |= {name.lower(): " ".join(f"{name}: {value}".splitlines()) for name, value in own}
    return "".join(f"{line}\r\n" for line in lines.values())


class _Heard(HTTPResponse):  # type: ignore[misc]
    """An answer as it comes in."""

    def __init__(self, method: str) -> None:
        super().__init__(method)
        self.body = bytearray()

    def whole(self) -> bool:
        """Say whether the final answer is in; an interim one (1xx) is not it."""
        return bool(self.message_complete and self.get_code() >= 200)

    def _on_body(self, part: bytes) -> None:
        self.body += part
