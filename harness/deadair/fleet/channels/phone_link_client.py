"""The phones' end of a push link: one TCP connection for a cohort, JSON lines, pings. Runs under gevent.

Nothing is acknowledged. A link that is up but silent is kept (what was stalled arrives when it heals) until it
has been silent so long that a phone would dial again.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent import socket

from deadair.fleet.phones.phone import DOWN_AFTER_S, PING_EVERY_S
from deadair.fleet.runtime import Runtime
from deadair.history.rows import Kind
from deadair.model.clock import Deadline
from deadair.model.environment import Address
from deadair.model.errors import HarnessError

DIAL_AGAIN_AFTER_S = 30.0
DIAL_LIMIT_S = 2.0
BACK_OFF_S = (0.1, 1.0)
LINE_BYTES_MAX = 64 * 1024

Deliver = Callable[[int, Mapping[str, str]], None]


class LastMile:
    """One cohort's link. ``deliver`` takes each push: the phone's number and the data."""

    def __init__(self, runtime: Runtime, cohort: str, deliver: Deliver) -> None:
        self._runtime = runtime
        self._cohort = cohort
        self._place = f"last_mile[{cohort}]"
        self._deliver = deliver
        self._up: bool | None = None
        self._answered = False
        self._pong_due = Deadline.after(DOWN_AFTER_S)
        address = runtime.orders.environment.routes.get(self._place)
        if address is None:
            raise HarnessError(f"environment.json has no route {self._place}: the engine has to name what to dial")
        self._address: Address = address
        self._generator = random.Random(f"{self._place} {runtime.orders.plan.seed}")  # noqa: S311 - no secret

    def run(self) -> None:
        """Keep the link until the process is to stop."""
        back_off_s = BACK_OFF_S[0]
        while not self._runtime.stopping.is_set():
            self._answered = False
            try:
                with socket.create_connection((self._address.host, self._address.port), DIAL_LIMIT_S) as connection:
                    self._talk(connection)
            except OSError as error:
                logging.getLogger(__name__).info("%s: %s", self._place, error)
            self._tell(up=False)
            back_off_s = BACK_OFF_S[0] if self._answered else min(BACK_OFF_S[1], back_off_s * 2)
            gevent.sleep(back_off_s * self._generator.uniform(0.5, 1))

    def _talk(self, connection: Any) -> None:
        """Say hello, then ping and listen until the link ends. Raises OSError when it breaks."""
        phones = [phone for phone in self._runtime.orders.roster.phones if phone.cohort == self._cohort]
        tokens = {phone.token: phone.phone for phone in phones if phone.handset is None}
        connection.settimeout(DIAL_LIMIT_S)
        connection.sendall(json.dumps({"cohort": self._cohort, "tokens": tokens}).encode() + b"\n")
        silence = Deadline.after(DIAL_AGAIN_AFTER_S)
        ping = Deadline.after(0)
        pings, held = 0, b""
        while not self._runtime.stopping.is_set():
            if ping.passed():
                connection.sendall(b'{"ping": %d}\n' % pings)
                pings, ping = pings + 1, Deadline.after(PING_EVERY_S)
            connection.settimeout(max(0.001, ping.left_s()))
            try:
                part = connection.recv(65_536)
            except TimeoutError:
                self._look()
                if silence.passed():
                    raise TimeoutError(f"silent for {DIAL_AGAIN_AFTER_S:g} s, dialling again") from None
                continue
            if not part:
                raise ConnectionResetError("the other side closed the link")
            silence = Deadline.after(DIAL_AGAIN_AFTER_S)
            *lines, held = (held + part).split(b"\n")
            for line in lines:
                self._take(line)
            if len(held) > LINE_BYTES_MAX:
                raise ConnectionAbortedError("a line without an end")
            self._look()

    def _take(self, line: bytes) -> None:
        """Take one line; one that makes no sense is left lying, as a phone would."""
        try:
            message = json.loads(line)
            phone, data = (message["phone"], message["data"]) if "pong" not in message else (None, None)
        except (ValueError, KeyError, TypeError):
            logging.getLogger(__name__).warning("%s: a line that is no message: %.80r", self._place, line)
            return
        if phone is None:
            self._answered, self._pong_due = True, Deadline.after(DOWN_AFTER_S)
        elif isinstance(phone, int) and isinstance(data, dict):
            self._deliver(phone, {str(key): str(value) for key, value in data.items()})

    def _look(self) -> None:
        """Tell the history when the link went up or down, as the phones saw it: by the pongs."""
        if self._pong_due.passed():
            self._tell(up=False)
        elif self._answered:
            self._tell(up=True)

    def _tell(self, *, up: bool) -> None:
        if self._up is not up and not self._runtime.stopping.is_set():
            self._up = up
            self._runtime.recorder.add(Kind.LINK, place=self._place, detail="up" if up else "down")
