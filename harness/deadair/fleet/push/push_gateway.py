"""The push provider's stand-in: takes FCM HTTP v1 messages, hands them to the phones' links. Its own process.

``python -m deadair.fleet.push.push_gateway RUN_FOLDER``. As the real one it says 200 when it has *taken* a message,
which is no promise that a phone hears it: a link that is frozen takes bytes for a while.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from deadair.fleet.push.fcm import (
    BODY_BYTES_MAX,
    Message,
    Refusal,
    about,
    invalid,
    read_message,
    taken,
    unavailable,
    unregistered,
)
from deadair.fleet.push.push_links import LINE_BYTES_MAX, PushLinks
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.push_provider import Outage, Told, read_order, write_told
from deadair.model.alert_path import pushed
from deadair.model.environment import PUSH_GATEWAY, Environment
from deadair.model.errors import DeadAirError, HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit

LOOK_EVERY_REAL_S = 0.15
OVERTIME_REAL_S = 30.0
ENDING_LIMIT_S = 1.5
SEND_PATH = re.compile(r"/v1/projects/([^/]+)/messages:send")
JSON = (b"content-type", b"application/json")


class _Disconnected(Exception):  # noqa: N818 - the sender's affair, not an error of ours
    """The sender gave up half-way: such a message was surely not taken."""


class PushGateway:
    """The process's parts: FCM's route in front, the phones' links behind.

    An ASGI application without a framework, for when a frozen link thaws, a thousand messages come at once: what one
    of them costs here is what the last one is late.
    """

    def __init__(
        self, environment: Environment, recorder: Recorder, control: Path, sockets: Mapping[str, socket.socket]
    ) -> None:
        self._environment = environment
        self._alert_paths = pushed(environment.alert_paths)
        self._sockets = sockets
        self._recorder = recorder
        self._control = control
        self._outage: Outage | None = None
        self._told = Told()
        self._refused = 0
        self._links = PushLinks(recorder.clock)
        self._stopping = asyncio.Event()
        self._exit = Exit.PASS
        self._taken = 0

    async def run(self) -> int:
        """Serve until SIGTERM; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        links = await asyncio.start_server(self._link, sock=self._sockets["push_links"], limit=LINE_BYTES_MAX)
        config = uvicorn.Config(
            self,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[self._sockets["push"]]))
        try:
            await self._watch(serving)
        finally:
            server.should_exit = True
            links.close()
            self._links.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(serving, ENDING_LIMIT_S)
        return self._exit

    async def _watch(self, serving: asyncio.Task[None]) -> None:
        """Beat until the process is to stop, the server ends by itself, or the run is over its wall limit."""
        limit_us = (self._environment.wall_limit_s + OVERTIME_REAL_S) * self._recorder.clock.speed * 1e6
        while not self._stopping.is_set():
            self._recorder.tick()
            self._obey()
            if serving.done():
                self._fail(HarnessError("the HTTP server ended by itself"))
            elif self._recorder.clock.now_us() > limit_us:
                self._fail(HarnessError("nobody ended this process, and the run is over its wall limit"))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY_REAL_S)

    def _obey(self) -> None:
        """Refuse messages from now on, or no more, and tell how many were refused so far."""
        self._outage = read_order(self._control)
        told = Told(refusing=self._outage is not None, refused=self._refused)
        if told != self._told:
            self._told = told
            write_told(self._control, told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``messages:send``; there is nothing else here."""
        status, body, *more = await self._answer(scope, receive)
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": status, "headers": [JSON, length, *more]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, *tuple[tuple[bytes, bytes], ...]]:
        """Return status, body, and whatever header there is beside the usual ones."""
        found = SEND_PATH.fullmatch(scope["path"])
        if found is None or scope["method"] != "POST":
            return 404, b"{}"
        try:
            return 200, self._take(await _body(receive), found[1])
        except Refusal as refusal:
            self._recorder.add(Kind.ACCEPTED, outcome="fail", detail=refusal.error_code)
            if refusal.retry_after_s is None:
                return refusal.http_status, refusal.body
            return refusal.http_status, refusal.body, (b"retry-after", b"%d" % refusal.retry_after_s)
        except _Disconnected:
            self._recorder.add(Kind.ACCEPTED, outcome="fail", detail="disconnected")
            return 400, b"{}"
        except Exception as error:
            self._fail(error)
            raise

    def _take(self, body: bytes, project: str) -> bytes:
        message: Message = read_message(body)
        if self._outage is not None:
            self._refused += 1
            retry_after_s = self._outage.retry_after_s / self._recorder.clock.speed
            raise unavailable(self._outage.status, retry_after_s=retry_after_s)
        # The moment before it is sent: a phone may present it before the row is written.
        taken_us = self._recorder.clock.now_us()
        phone = None if message.topic else self._links.send(message)
        if phone is None and not message.topic:
            raise unregistered()
        self._taken += 1
        said, path = about(message, self._recorder.clock), message.alert_path(self._alert_paths)
        self._recorder.add(Kind.ACCEPTED, at_us=taken_us, phone=phone, path=path, outcome="ok", **said)
        return taken(project, self._taken)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one link of a cohort's phones until it ends."""
        try:
            await self._links.keep(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            logging.getLogger(__name__).info("a link of phones ended: %s", error)
        except Exception as error:  # noqa: BLE001 - a crash of any kind must be noticed
            self._fail(error)
        finally:
            writer.close()

    def _fail(self, error: Exception) -> None:
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        if self._exit is Exit.PASS:
            self._exit = Exit.HARNESS
            sentence = f"{self._recorder.who}: {type(error).__name__}: {error}"
            self._recorder.add(Kind.TROUBLE, detail=sentence[:500])
        self._stopping.set()


class _Server(uvicorn.Server):
    """Leaves the signals to the process, which has a recorder to close."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(environment: Environment, route: str) -> socket.socket:
    address = environment.routes.get(route)
    if address is None:
        raise HarnessError(f"environment.json has no route {route}: the engine has to name where to listen")
    try:
        return socket.create_server((address.host, address.port), backlog=1024)
    except OSError as error:
        raise HarnessError(f"the push gateway cannot listen on {address} ({error.strerror})") from error


async def _body(receive: Receive) -> bytes:
    """Return a request's body. Raises Refusal for one that is too large, _Disconnected for one that breaks off."""
    body, more = b"", True
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise _Disconnected
        body += part.get("body", b"")
        more = part.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise invalid(f"Request too large: it may have {BODY_BYTES_MAX} bytes.", http_status=413)
    return body


def main(arguments: list[str]) -> int:
    """Serve one run's pushes until SIGTERM; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if len(arguments) != 1:
        logging.getLogger(__name__).error("write python -m deadair.fleet.push.push_gateway RUN_FOLDER")
        return Exit.USAGE
    folder = RunFolder(Path(arguments[0]))
    try:
        try:
            environment = Environment.model_validate_json(folder.environment.read_text("utf-8"))
        except ValueError as error:
            raise HarnessError(f"{folder.environment} is not an environment: {error}") from error
        with ExitStack() as held:
            # The sockets first: a port that is taken must leave no shard behind.
            sockets = {route: held.enter_context(_listen(environment, route)) for route in ("push_links", "push")}
            clock, beat_real_s = environment.run_clock, environment.beat_real_s_of(PUSH_GATEWAY)
            recorder = held.enter_context(Recorder(folder.history, PUSH_GATEWAY, clock, beat_real_s=beat_real_s))
            return uvloop.run(PushGateway(environment, recorder, folder.abort_request.parent, sockets).run())
    except (DeadAirError, OSError) as error:
        logging.getLogger(__name__).error("%s", error)
        return Exit.HARNESS
    except Exception as error:
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        return Exit.HARNESS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
