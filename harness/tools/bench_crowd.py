"""The load that the reference service is measured under: lean streams, and a crowd with requests to make."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import uvloop

from deadair.model.clock import Deadline, RunClock
from deadair.model.roster import Device, Phone, Roster
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.request import Request
from tools.live_reference import Service

STREAMS = 48
CALM_S = 604_800.0
LIMIT_S = 900.0
PASSWORD = "made for this measurement"
AHEAD_S = 290
"""A device's clock may be five minutes ahead. So far a stamp still is fresh, and there are more to be had."""


def clock_s() -> float:
    return RunClock.starting_now(speed=1).to_wall_s(0)


class Stream(asyncio.Protocol):
    """One keep-alive connection that sends the next request as soon as it is answered. As lean as can be."""

    def __init__(self, following: Callable[[], bytes | None]) -> None:
        self._following = following
        self._got = bytearray()
        self._transport: asyncio.Transport | None = None
        self.good, self.bad = 0, bytearray()
        self.body = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        got = self._got
        got += data
        head = got.find(b"\r\n\r\n")
        if head < 0:
            return
        at = got.find(b"content-length: ") + 16
        end = head + 4 + int(got[at : got.index(b"\r", at)])
        if len(got) < end:
            return
        if got.startswith(b"HTTP/1.1 200"):
            self.good += 1
            self.body = bytes(got[head + 4 : end])
        else:
            self.bad = got[:end]
        del got[:end]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        request = self._following()
        assert self._transport is not None
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a load came to: answers per second, and how busy whoever made it was."""

    per_s: float
    load_busy: float


async def pour(port: int, following: Callable[[], bytes | None], streams: int = STREAMS) -> tuple[int, list[bytes]]:
    """Send until there is nothing more to send; return how many were answered well, and what else was answered."""
    loop = asyncio.get_running_loop()
    made = [(await loop.create_connection(lambda: Stream(following), "127.0.0.1", port))[1] for _ in range(streams)]
    await asyncio.wait_for(asyncio.gather(*(stream.ended for stream in made)), LIMIT_S)
    return sum(stream.good for stream in made), [bytes(stream.bad) for stream in made if stream.bad]


def rate(port: int, request: Callable[[], bytes], seconds: float) -> Rate:
    """Ask as fast as answers come for a time."""
    ends = Deadline.after(seconds)
    before = os.times()
    good, bad = uvloop.run(pour(port, lambda: None if ends.passed() else request()))
    after = os.times()
    for answer in bad[:1]:
        sys.stderr.write(f"not answered well: {answer[:300]!r}\n")
    took_s = after.elapsed - before.elapsed
    busy_s = after.user + after.system - before.user - before.system
    return Rate(good / took_s, busy_s / took_s)


def http(path: str, body: bytes) -> bytes:
    return b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


class Crowd:
    """Families of a device and a phone each, all logged in; and the requests they make, each reading a new one."""

    def __init__(self, service: Service, families: int) -> None:
        self._service = service
        self.port = service.site.sockets["gateway"].port
        target, site, numbers = service.target, service.site, range(families)
        devices = tuple(Device(n, "rest", f"device-{n}", 0.0) for n in numbers)
        phones = tuple(Phone(n, n, "rest", f"phone-{n}", 0.0, 1_200_000_000) for n in numbers)
        target.enroll(Roster(devices, phones), [], site, password=PASSWORD)
        uploader = target.uploader()
        self._paths = []
        polls = []
        for n in numbers:
            device, phone = (
                logged_in(uploader, device_client(name, PASSWORD), lambda one: site.ask("gateway", one, 30.0))
                for name in (f"device-{n}", f"phone-{n}")
            )
            assert device is not None
            assert phone is not None
            self._paths.append(uploader.upload(device, []).path)
            body = {"session": phone.session, "patient": f"device-{n}", "token": f"t{n}", "no_data_after_s": CALM_S}
            answer = site.ask("gateway", Request("/app/subscribe", json.dumps(body).encode()), 30.0)
            assert answer.status == 200, answer
            polls.append(
                {"session": phone.session, "follow": json.loads(answer.body)["follow"], "shown_s": int(clock_s()) - 1}
            )
        self.polls = [http("/app/poll", json.dumps(poll).encode()) for poll in polls]
        self._next_poll = itertools.cycle(self.polls)
        self._next_upload = itertools.count()
        self._latest_s = int(clock_s()) + AHEAD_S

    def poll(self) -> bytes:
        """Ask for the newest value, and confirm one."""
        return next(self._next_poll)

    def upload(self, readings: int) -> Callable[[], bytes]:
        """Send so many readings, the newest a new one and fresh, the others five minutes apart before it."""

        def request() -> bytes:
            seconds, family = divmod(next(self._next_upload), len(self._paths))
            return self.readings(family, self._latest_s - seconds, readings)

        return request

    def readings(self, family: int, newest_s: int, readings: int) -> bytes:
        """Send readings that end at a given second."""
        records = b",".join(
            b'{"Trend":4,"ST":"/Date(%d000)/","DT":"/Date(%d000)/","Value":100}' % (at_s, at_s)
            for at_s in range(newest_s, newest_s - 300 * readings, -300)
        )
        return http(self._paths[family], b'{"SN":"SM00000000","Egvs":[' + records + b'],"TA":0}')
