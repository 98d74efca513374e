"""Apple's push interface, as far as a follow service uses it: HTTP/2, a device token in the path, JSON in the body.

The answers that matter are 200 (taken), 410 (nobody has that token any more) and 429 (too many); what goes wrong is
said in a ``reason``, in Apple's words.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import orjson
from hypercorn.asyncio import serve
from hypercorn.config import Config

from deadair.fleet.channels.alert_message import NobodyError, read_document
from deadair.fleet.channels.certificates import server_context
from deadair.fleet.channels.channel import HttpAnswer, Posted, retry_after
from deadair.fleet.channels.http_front import ENDING_LIMIT_S, HttpFront
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.pending_pushes import KEPT_S
from deadair.targets.alerts.channel_spec import ChannelSpec

SEND_PATH = re.compile(r"/3/device/([^/]+)")
PAYLOAD_BYTES_MAX = 4096
REASONS = {429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable"}


class Apns:
    """What is posted, read and answered. It takes any provider token: who may send is not what is tested."""

    body_bytes_max = PAYLOAD_BYTES_MAX

    def __init__(self, spec: ChannelSpec, intake: MessageIntake) -> None:
        self._paths = spec.paths
        self._intake = intake
        self._taken = 0

    def claims(self, method: str, path: str) -> bool:
        """Take what is posted for a device."""
        return method == "POST" and SEND_PATH.fullmatch(path) is not None

    def answer(self, posted: Posted) -> HttpAnswer:
        """Take a message, or refuse it in Apple's words."""
        if posted.body is None:
            return self._refused(413, "PayloadTooLarge")
        if not posted.body:
            return self._refused(400, "PayloadEmpty")
        try:
            payload = orjson.loads(posted.body)
        except ValueError:
            return self._refused(400, "BadPayload")
        token = posted.path.rsplit("/", 1)[1]
        message = read_document({"token": token, "payload": payload, "headers": dict(posted.headers)}, self._paths)
        refusal = self._intake.refusal(message)
        if refusal is not None:
            headers = retry_after(self._intake.retry_after_s(refusal))
            return self._refused(refusal.status, REASONS.get(refusal.status, "InternalServerError"), headers)
        keeps_s = 0.0 if posted.headers.get("apns-expiration") == "0" else KEPT_S
        try:
            self._intake.take(message, ttl_s=keeps_s, collapse_key=posted.headers.get("apns-collapse-id"))
        except NobodyError:
            return self._refused(410, "Unregistered")
        self._taken += 1
        name = posted.headers.get("apns-id") or f"00000000-0000-4000-8000-{self._taken:012X}"
        return HttpAnswer(200, b"", (("apns-id", name[:64]),))

    def broken_off(self) -> None:
        """Write it down."""
        self._intake.note_refused("disconnected")

    def _refused(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> HttpAnswer:
        self._intake.note_refused(reason)
        return HttpAnswer(status, orjson.dumps({"reason": reason}), headers)


class ApnsServer:
    """The channel: the front over HTTP/2, on a socket that listens already. ``pem``: certificate and key."""

    def __init__(self, front: HttpFront, listening: socket.socket, pem: Path) -> None:
        self._front = front
        self._listening = listening
        self._config = _Config(pem)

    async def run(self) -> None:
        """Serve until cancelled; what is under way then has a moment to end."""
        ending = asyncio.Event()
        # The server closes what it is given, and the process its own.
        self._config.bind = [f"fd://{os.dup(self._listening.fileno())}"]
        serving = asyncio.create_task(serve(self._front, self._config, shutdown_trigger=ending.wait))  # type: ignore[arg-type]
        try:
            await asyncio.shield(serving)
        finally:
            ending.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(serving, ENDING_LIMIT_S)


class _Config(Config):
    """Of a server with a certificate of this run, that writes no log of its own."""

    accesslog = None
    errorlog = None
    graceful_timeout = 0.5
    # A service keeps its connection to Apple. After 5 s, which is the library's own, a message could be lost.
    keep_alive_timeout = 120.0
    alpn_protocols = ["h2"]  # noqa: RUF012 - the library's own form

    def __init__(self, pem: Path) -> None:
        super().__init__()
        self._context = server_context(pem, protocols=self.alpn_protocols)

    @property
    def ssl_enabled(self) -> bool:
        return True

    def create_ssl_context(self) -> object:  # type: ignore[override]
        return self._context
