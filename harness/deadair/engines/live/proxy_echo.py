"""An echo of the harness's own through the run's proxies, four times a second: the proof that they pass things on.

One echo proves the process, not each proxy. So each link is looked at, too, for bytes that its proxy holds back.

It has a thread, a recorder and a proxy of its own, and disturbs nobody. It judges nothing: each answer is a row, and
who judges looks for what is missing. If the echo itself stands still, its recorder's heartbeats are missing too.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.environment import PROXIES, Address

EVERY_REAL_S = 0.25
LOOK_EVERY_REAL_S = 0.5
SayHeld = Callable[[int], Mapping[str, int]]
"""Says which places hold something back at a moment, and since when."""

TURN_S = 0.05
CONNECT_LIMIT_S = 0.2
END_LIMIT_S = 3.0
CALL = b"echo"


def nothing_held(now_us: int) -> Mapping[str, int]:
    """Say that nothing is held back, for who cannot look."""
    return {}


class ProxyEcho:
    """Calls through one proxy and answers at its other end. ``close`` it when done."""

    def __init__(  # noqa: PLR0913 - each is named at the call site
        self,
        folder: Path,
        clock: RunClock,
        *,
        dial: Address,
        answer_at: Address,
        beat_real_s: float,
        held: SayHeld = nothing_held,
    ) -> None:
        self._dial = dial
        self._listening = socket.create_server((answer_at.host, answer_at.port))
        self._recorder = Recorder(folder, PROXIES, clock, beat_real_s=beat_real_s)
        self._clock = clock
        self._ends = selectors.DefaultSelector()
        self._ends.register(self._listening, selectors.EVENT_READ)
        self._calling: socket.socket | None = None
        self._called_us: int | None = None
        self._heard = b""
        self._due_us = 0
        self._held = held
        self._look_us = 0
        self._over = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="echo through the proxies", daemon=True)
        self._thread.start()

    def close(self) -> list[str]:
        """End it and close its recorder; return what went wrong. Closing twice does nothing."""
        self._over.set()
        self._thread.join(END_LIMIT_S)
        if self._thread.is_alive():
            return [f"the echo through the proxies did not end within {END_LIMIT_S:g} s"]
        return [f"the echo through the proxies failed: {self._error}"] if self._error else []

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._recorder.tick()
                self._call()
                self._look()
                for key, _ in self._ends.select(TURN_S):
                    self._turn_to(key.fileobj)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - told by who closes it; meanwhile the heartbeats are missing
            self._error = error
        finally:
            for key in list(self._ends.get_map().values()):
                self._drop(key.fileobj)  # type: ignore[arg-type]
            self._ends.close()
            with suppress(OSError):
                self._recorder.close()

    def _call(self) -> None:
        """Call if it is time to, once the call before was answered."""
        if self._called_us is not None or self._clock.now_us() < self._due_us:
            return
        self._due_us = self._clock.later_us(EVERY_REAL_S)
        try:
            if self._calling is None:
                self._calling = socket.create_connection((self._dial.host, self._dial.port), CONNECT_LIMIT_S)
                self._calling.setblocking(False)
                self._ends.register(self._calling, selectors.EVENT_READ)
            self._calling.send(CALL)
            self._called_us = self._clock.now_us()
        except OSError:
            self._drop(self._calling)

    def _look(self) -> None:
        """Look which links hold something back, if it is time to."""
        if (now_us := self._clock.now_us()) >= self._look_us:
            self._look_us = self._clock.later_us(LOOK_EVERY_REAL_S)
            for place, since_us in self._held(now_us).items():
                self._recorder.add(Kind.HELD, at_us=now_us, place=place, intended_us=since_us)

    def _turn_to(self, end: socket.socket) -> None:
        """Take a new connection, answer a call, or hear an answer."""
        try:
            if end is self._listening:
                answering, _ = end.accept()
                answering.setblocking(False)
                self._ends.register(answering, selectors.EVENT_READ)
                return
            said = end.recv(1024)
            if not said:
                self._drop(end)
            elif end is self._calling:
                self._hear(said)
            else:
                end.send(said)
        except OSError:
            self._drop(end)

    def _hear(self, said: bytes) -> None:
        self._heard += said
        if len(self._heard) >= len(CALL) and self._called_us is not None:
            self._recorder.add(Kind.ECHO, sent_us=self._called_us)
            self._called_us, self._heard = None, b""

    def _drop(self, end: socket.socket | None) -> None:
        """Close a connection; a call that was under way on it is lost."""
        if end is None:
            return
        with suppress(KeyError):
            self._ends.unregister(end)
        end.close()
        if end is self._calling:
            self._calling, self._called_us, self._heard = None, None, b""
