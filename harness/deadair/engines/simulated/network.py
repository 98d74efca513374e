"""The simulated network: requests and answers between a client and the ASGI application on a node's socket.

It is the counterpart of sockets, proxies and the server's protocol in the live engine, and behaves as they do: a
proxy takes every connection, a cut stalls what travels and delivers it after healing, a client that gives up leaves
its request behind. It knows neither what a request means nor who sends it.
"""

from __future__ import annotations

from asyncio import CancelledError, Future
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from string import punctuation
from typing import Any, Literal
from urllib.parse import quote, unquote

from starlette.types import ASGIApp

from deadair.engines.simulated.client_timeouts import ClientTimeouts
from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.network_link import ConnectionLimit, NetworkLink
from deadair.engines.simulated.simulated_process import Process, current
from deadair.fleet.request_outcome import retry_after_s
from deadair.targets.request import Answer, Request

HEAD_BYTES = 150
"""About what the head of a request or of an answer takes."""

JSON = (b"content-type", b"application/json")
SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "scheme": "http",
    "root_path": "",
    "server": ("127.0.0.1", 80),
}
"""What an application is told alike with every request."""

Lost = Literal["fail", "info"]
"""Why no answer came. fail: nothing was sent; info: the request may have been carried out."""
Done = Callable[[Answer | None, Lost | None], None]


class Network:
    """All links and sockets of one run. ``delay_s`` and ``jitter_s`` are those of each direction of a new link."""

    def __init__(self, loop: VirtualLoop, seed: int, *, delay_s: float = 0.0, jitter_s: float = 0.0) -> None:
        self.errors: list[tuple[str, BaseException]] = []
        """What came out of an application, and of which socket: a run with any of them proves nothing."""
        self.loop = loop
        self._seed = seed
        self._delay_s = delay_s
        self._jitter_s = jitter_s
        self._links: dict[str, NetworkLink] = {}
        self._listeners: dict[str, _Listener] = {}
        self._client_timeouts: dict[float, ClientTimeouts] = {}

    def link(self, place: str) -> NetworkLink:
        """Return the link of a place, new if nobody has asked for it yet."""
        link = self._links.get(place)
        if link is None:
            link = NetworkLink(self.loop, place, self._seed, delay_s=self._delay_s, jitter_s=self._jitter_s)
            self._links[place] = link
        return link

    def client_timeouts(self, limit_s: float) -> ClientTimeouts:
        """Return whoever waits that long, rounded to microseconds."""
        rounded = round(limit_s, 6)
        if rounded not in self._client_timeouts:
            self._client_timeouts[rounded] = ClientTimeouts(self.loop)
        return self._client_timeouts[rounded]

    def listen(self, socket: str, process: Process, app: ASGIApp) -> None:
        """Let a process serve a socket."""
        self._listeners[socket] = _Listener(socket, process, app)

    def hush(self, process: Process) -> None:
        """Close the connections of all that a process was serving when it died; whoever lets it die calls this."""
        for listener in self._listeners.values():
            if listener.process is process:
                for call in listener.serving:
                    call.break_off("info")
                listener.serving.clear()

    def listener(self, socket: str) -> _Listener | None:
        """Return who serves a socket now."""
        listener = self._listeners.get(socket)
        return listener if listener is not None and listener.process.alive else None

    def exchange(  # noqa: PLR0913 - what an exchange is, and none of it goes without saying
        self,
        place: str,
        socket: str,
        request: Request,
        *,
        limit_s: float,
        done: Done,
        connections: ConnectionLimit | None = None,
    ) -> None:
        """Send a request over a link; call ``done`` once, with the answer or with why there is none.

        ``done`` runs outside all processes, at the latest after ``limit_s``; a request that was sent goes on even
        then. With ``connections`` it takes one of them from when it is sent until ``done``: if none gets free within
        the limit, nothing is sent. Without, whoever asks sees to that.
        """
        call = _Call(self, self.link(place), socket, request, done, connections, self.loop.now_s + limit_s)
        if connections is None or connections.take():
            call.send()
        else:
            connections.wait(limit_s, partial(call.send_if, current()))


@dataclass(eq=False, slots=True)
class _Listener:
    """A process that serves a socket; ``serving`` keeps the order of arrival, as a set of objects would not."""

    socket: str
    process: Process
    app: ASGIApp
    serving: dict[_Call, None] = field(default_factory=dict)
    _idle: list[Future[_Call]] = field(default_factory=list)
    """What tasks wait for that have served a call: a new task for each would cost a sixth of a small exchange."""

    def hand_over(self, call: _Call) -> None:
        """Let the process serve a call, on its next turn."""
        self.serving[call] = None
        if self._idle:
            self._idle.pop().set_result(call)
        else:
            self.process.serve(self._serve(call), self.socket)

    async def _serve(self, call: _Call) -> None:
        while True:
            await call.serve()
            self._idle.append(following := call.network.loop.create_future())
            del call  # it is over, and not to be kept alive by who waits for the next
            call = await following


@dataclass(eq=False, slots=True)
class _Call:
    """One exchange: it outlives its client's patience, and ends with its answer."""

    network: Network
    link: NetworkLink
    socket: str
    request: Request
    done: Done | None
    connections: ConnectionLimit | None
    ends_s: float
    listener: _Listener = field(init=False)
    status: int = 0
    headers: Iterable[tuple[bytes, bytes]] = ()
    parts: bytes = b""
    read: bool = False
    served: bool = False
    blocked: Future[None] | None = None

    def send(self) -> None:
        """Leave the client, whose patience ends at a fixed moment."""
        network, request = self.network, self.request
        network.client_timeouts(self.ends_s - network.loop.now_s).add(self)
        self.link.up.carry(HEAD_BYTES + len(request.path) + len(request.body), self._reach)

    def send_if(self, sender: Process | None, free: bool) -> None:
        """Leave the client if there is a connection for it now, and if it still lives."""
        if not free:
            self.connections = None
            self._end(None, "fail")
        elif sender is None or sender.alive:
            self.send()
        elif self.connections is not None:
            self.connections.give()

    def _reach(self) -> bool:
        """Come to the socket: somebody serves it, or the connection is closed."""
        listener = self.network.listener(self.socket)
        if listener is None:
            self.break_off("info" if self.link.proxied else "fail")
        else:
            self.listener = listener
            listener.hand_over(self)
        return True

    def break_off(self, lost: Lost) -> None:
        """Close the connection from the server's side."""
        self.link.down.carry(0, self._hear, None, lost)

    def _hear(self, answer: Answer | None, lost: Lost | None) -> bool:
        """Come back to the client; say whether it still waited."""
        if self.done is None:
            return False
        self._end(answer, lost)
        return True

    @property
    def over(self) -> bool:
        """Whether the client waits no more."""
        return self.done is None

    def give_up(self) -> None:
        """Leave the client without an answer, unless it has one: its patience is over."""
        if self.done is not None:
            self._end(None, "info")

    def _end(self, answer: Answer | None, lost: Lost | None) -> None:
        done, self.done = self.done, None
        if self.connections is not None:
            self.connections.give()
        if done is not None:
            done(answer, lost)

    async def serve(self) -> None:
        """Run the application as a server does: what it fails to answer is a 500, or a closed connection."""
        try:
            await self.listener.app(self._scope(), self._receive, self._send)
            if not self.served:
                raise RuntimeError("the application returned without a whole answer")
        except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever it is, a server answers it and lives on
            self.network.errors.append((self.socket, error))
            if not self.status:
                self._leave(Answer(500, b"Internal Server Error"))
            elif not self.served:
                self._end_service()
                self.break_off("info")

    def _scope(self) -> dict[str, Any]:
        request = self.request
        path, raw_path, query = _target(request.path)
        headers = [(b"host", self.socket.encode())]
        if request.body or request.method != "GET":
            headers += (JSON, (b"content-length", b"%d" % len(request.body)))
        return {
            **SCOPE,
            "client": self.link.client,
            "method": request.method,
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": headers,
        }

    async def _receive(self) -> MutableMapping[str, Any]:
        """Give the body, then block: the connection stays open until the answer is whole."""
        if not self.read:
            self.read = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        if not self.served:
            if self.blocked is None or self.blocked.done():
                self.blocked = self.network.loop.create_future()
            await self.blocked
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and not self.status:
            self.status = message["status"]
            self.headers = message.get("headers", ())
        elif message["type"] == "http.response.body" and self.status and not self.served:
            body = message.get("body", b"")
            if message.get("more_body", False):
                self.parts += body
            else:
                body = self.parts + body if self.parts else body
                self._leave(Answer(self.status, body, _retry_after_s(self.headers)))
        else:
            raise RuntimeError(f"{message['type']} does not belong here in an answer")

    def _leave(self, answer: Answer) -> None:
        """Send the whole answer."""
        self._end_service()
        self.link.down.carry(HEAD_BYTES + len(answer.body), self._hear, answer, None)

    def _end_service(self) -> None:
        self.served = True
        del self.listener.serving[self]
        if self.blocked is not None and not self.blocked.done():  # who waited for the end may have been cancelled
            self.blocked.set_result(None)


@lru_cache(maxsize=4096)
def _target(path: str) -> tuple[str, bytes, bytes]:
    """Return the path, the path as it was sent and the query, as a server takes them from a request's first line."""
    raw_path, _, query = quote(path, safe=punctuation).partition("?")
    return unquote(raw_path), raw_path.encode(), query.encode()


def _retry_after_s(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Return the seconds that an answer asks its client to wait."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            return retry_after_s(value.decode("latin-1"))
    return None
