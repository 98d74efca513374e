"""The push provider's end of the phones' links: who can be reached over which, and what waits for whom. asyncio."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import orjson

from deadair.fleet.channels.pending_pushes import Held, PendingPushes, PhonePush
from deadair.model.clock import RunClock

LINE_BYTES_MAX = 64 * 1024 * 1024
"""A hello names every phone of its cohort."""
BUFFER_BYTES_MAX = 1024 * 1024
"""Bytes that may wait for one link; with more, its phones count as not reachable."""
HELLO_LIMIT_S = 10.0


class PushLinks:
    """One link for each cohort. Tokens stay known when their link ends: the phone still has the app."""

    def __init__(self, clock: RunClock) -> None:
        self._clock = clock
        self._phone_of: dict[str, tuple[str, int]] = {}
        """By token: cohort and phone."""
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._mailboxes: dict[str, PendingPushes] = defaultdict(PendingPushes)

    def phone_of(self, token: str) -> tuple[str, int] | None:
        """Return the cohort and the phone that have a token, none if nobody has it."""
        return self._phone_of.get(token)

    def send(self, cohort: str, phone: int, push: PhonePush) -> None:
        """Send a message to a phone of a cohort, or hold it until that can be reached."""
        self._deliver(cohort)
        writer = self._writers.get(cohort)
        if writer is not None and _reachable(writer):
            _write(writer, phone, push)
        else:
            expires_us = self._clock.now_us() + int(push.ttl_s * self._clock.speed * 1e6)
            self._mailboxes[cohort].hold(Held(phone, push, expires_us))

    async def keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one link until it ends. Raises ValueError for a hello that is none, OSError when it breaks."""
        cohort, tokens = _hello(await asyncio.wait_for(reader.readline(), HELLO_LIMIT_S))
        self._phone_of |= {token: (cohort, phone) for token, phone in tokens.items()}
        before = self._writers.get(cohort)
        if before is not None:
            before.close()
        self._writers[cohort] = writer
        try:
            self._deliver(cohort)
            while line := await reader.readline():
                self._answer(line, writer)
                self._deliver(cohort)
        finally:
            if self._writers.get(cohort) is writer:
                del self._writers[cohort]

    def close(self) -> None:
        """Close every link."""
        for writer in self._writers.values():
            writer.close()

    def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        message = orjson.loads(line)
        if isinstance(message, dict) and "ping" in message and _reachable(writer):
            writer.write(orjson.dumps({"pong": message["ping"]}) + b"\n")

    def _deliver(self, cohort: str) -> None:
        """Hand everything held for a cohort to its link, if that can be reached."""
        writer = self._writers.get(cohort)
        if writer is None or not _reachable(writer):
            return
        for held in self._mailboxes[cohort].empty(self._clock.now_us()):
            _write(writer, held.phone, held.push)


def _write(writer: asyncio.StreamWriter, phone: int, push: PhonePush) -> None:
    writer.write(orjson.dumps({"phone": phone, "data": push.data}) + b"\n")


def _reachable(writer: asyncio.StreamWriter) -> bool:
    return not writer.is_closing() and writer.transport.get_write_buffer_size() < BUFFER_BYTES_MAX


def _hello(line: bytes) -> tuple[str, dict[str, int]]:
    """Read a link's first line. Raises ValueError."""
    hello = orjson.loads(line)
    cohort, tokens = (hello.get("cohort"), hello.get("tokens")) if isinstance(hello, dict) else (None, None)
    if not isinstance(cohort, str) or not isinstance(tokens, dict):
        raise ValueError("the first line of a link must name its cohort and tokens")
    if not all(isinstance(phone, int) for phone in tokens.values()):
        raise ValueError("the tokens of a hello must lead to phone numbers")
    return cohort, tokens
