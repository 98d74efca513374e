"""One link of the simulated network: what travels over it is delayed, slow, or stands still.

It knows sizes and moments, never what the bytes say, and of a sender only whether its CPU is still at work. What it
counts is what the proof of a cut reads: see ``deadair.faults.partition``.
"""

from __future__ import annotations

import random
from asyncio import Handle, TimerHandle
from collections import deque
from collections.abc import Callable
from operator import itemgetter
from typing import Any, TypeVarTuple, Unpack

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.link_pings import PING_BYTES, PONG_BYTES, Pings
from deadair.engines.simulated.simulated_process import NOBODY, PROCESS

FORGOTTEN_AFTER_S = 924.6
"""How long bytes that get nowhere are kept: Linux's TCP gives up after so many seconds (tcp_retries2 = 15)."""

_Arguments = TypeVarTuple("_Arguments")
_Message = tuple[int, int, Callable[..., bool], tuple[Any, ...], float]
"""Its number on this wire, its size in bytes, what to call with what, and when it was sent."""


class Wire:
    """One direction of a link.

    ``delay_s``: how long a message travels; ``jitter_s``: at most so much is added, drawn anew for each.
    """

    def __init__(self, loop: VirtualLoop, name: str, seed: int, *, delay_s: float, jitter_s: float) -> None:
        self.delay_s = delay_s
        self.jitter_s = jitter_s
        self.forgotten_after_s: float | None = FORGOTTEN_AFTER_S
        """How long a message that stands still is kept; none: for ever."""
        self.stalled = False
        """Whether it stands still. A message that is on its way when a stall begins waits like those sent later."""
        self.asked_bytes = 0
        """What was sent into it, also while it stands still: the sender's own machine takes it."""
        self.asked_segments = 0
        """How many messages were sent into it: each is counted as one segment."""
        self.sent_bytes = 0
        """What came out at its other end."""
        self.answered_bytes = 0
        """What of it somebody still waited for there."""
        self.slow_s = 0.0
        """How much longer than usual a message travels, on average."""
        self.in_order = False
        """Whether no message overtakes another while it is slow: all of them are on one connection."""
        self.passes = 0
        """How many messages came out that were sent since it was last made slow, or fast again; see ``took_s``."""
        self.took_s = 0.0
        """How long those travelled in all."""
        self._slow_jitter_s = 0.0
        self._changed_s = 0.0
        self._latest_s = 0.0
        self._slow_ones: dict[int, tuple[Handle, _Message]] = {}  # those on their way that were sent while it was slow
        self._loop = loop
        self._random = random.Random(f"{seed} {name}")  # noqa: S311 - to be drawn again, not a secret
        # With the moment since which each stands still:
        self._halted: deque[tuple[float, _Message]] = deque()  # on their way when it was stalled, as they arrived
        self._queued: deque[tuple[float, _Message]] = deque()  # sent while it stood still

    def carry(self, size_bytes: int, deliver: Callable[[Unpack[_Arguments]], bool], *arguments: *_Arguments) -> None:
        """Call ``deliver`` when the message arrives; it says whether anybody still waited. Never calls it at once.

        Messages may overtake each other, as on connections of their own; those that stood still do not.
        """
        self.asked_bytes += size_bytes
        self.asked_segments += 1
        now_s = self._loop.now_s
        if self.stalled:
            self._forget(self._queued)
            self._queued.append((now_s, (self.asked_segments, size_bytes, deliver, arguments, now_s)))
            return
        travels_s = self.delay_s
        sent_s = now_s
        sender = PROCESS.get(None)
        if sender is not None:
            # It leaves when the work is done that its sender was charged for in this callback.
            travels_s += sender.owed_s
            sent_s += sender.owed_s
        if self.jitter_s:
            travels_s += self.jitter_s * self._random.random()
        message = (self.asked_segments, size_bytes, deliver, arguments, sent_s)
        if self.slow_s:
            self._carry_slowly(now_s + travels_s, message)
        else:
            self._arrive_at(now_s + travels_s, message)

    def stall(self) -> None:
        """Let nothing arrive any more."""
        self.stalled = True

    def flow(self) -> None:
        """Let what stood still arrive now, in the order in which it was sent."""
        self.stalled = False
        self._forget(self._halted)
        self._forget(self._queued)
        halted = sorted((message for _, message in self._halted), key=itemgetter(0))
        queued = [message for _, message in self._queued]
        self._halted.clear()
        self._queued.clear()
        for message in halted:
            self._loop.call_soon(self._arrive, message, context=NOBODY)
        for message in queued:
            self._arrive_at(self._loop.now_s, message)

    def slow(self, delay_s: float, jitter_s: float) -> None:
        """Let what is sent from now on take so much longer, by up to the jitter more or less."""
        self.slow_s, self._slow_jitter_s = delay_s, jitter_s
        self._changed_s = self._loop.now_s

    def quicken(self) -> None:
        """Let it be as fast as usual; what was sent while it was slow arrives now, in that order."""
        self.slow_s = 0.0
        self._changed_s = self._loop.now_s
        slow_ones, self._slow_ones = self._slow_ones, {}
        for handle, message in slow_ones.values():
            handle.cancel()
            self._arrive_at(self._loop.now_s, message)

    def _carry_slowly(self, at_s: float, message: _Message) -> None:
        at_s += max(0.0, self.slow_s + self._slow_jitter_s * (2 * self._random.random() - 1))
        if self.in_order:
            at_s = self._latest_s = max(at_s, self._latest_s)
        self._slow_ones[message[0]] = (self._arrive_at(at_s, message), message)

    def _arrive_at(self, at_s: float, message: _Message) -> Handle:
        # What travels is no process's work: it costs no CPU and outlives a crash of whoever sent it.
        return self._loop.call_at(at_s, self._arrive, message, context=NOBODY)

    def _arrive(self, message: _Message) -> None:
        if self._slow_ones:
            self._slow_ones.pop(message[0], None)
        if self.stalled:
            self._forget(self._halted)
            self._halted.append((self._loop.now_s, message))
            return
        _, size_bytes, deliver, arguments, sent_s = message
        if sent_s >= self._changed_s:
            self.passes += 1
            self.took_s += self._loop.now_s - sent_s
        self.sent_bytes += size_bytes
        if deliver(*arguments):
            self.answered_bytes += size_bytes

    def _forget(self, standing: deque[tuple[float, _Message]]) -> None:
        """Drop what has stood still for too long: a cut of days must not end in a flood of all that was ever tried."""
        if self.forgotten_after_s is not None:
            while standing and standing[0][0] < self._loop.now_s - self.forgotten_after_s:
                standing.popleft()


class NetworkLink:
    """Both directions of a place: ``up`` carries requests, ``down`` answers. ``delay_s``, ``jitter_s``: of each."""

    def __init__(self, loop: VirtualLoop, name: str, seed: int, *, delay_s: float = 0.0, jitter_s: float = 0.0) -> None:
        self.name = name
        self.up = Wire(loop, f"{name} up", seed, delay_s=delay_s, jitter_s=jitter_s)
        self.down = Wire(loop, f"{name} down", seed, delay_s=delay_s, jitter_s=jitter_s)
        self.proxied = True
        """Whether a proxy stands before the socket: it takes every connection, and closes those it cannot pass on."""
        self.client: tuple[str, int] | None = None
        """Whose address is told to who is asked over it, as a server tells it; none: that of nobody in particular."""
        self.pings: Pings | None = None
        """By what its clients keep it up, if they do. They take no room on it and draw nothing of its chance."""
        self._loop = loop
        self._stalled_at_s = 0.0
        self._pongs = 0
        self._pongs_took_s = 0.0

    @property
    def stalled(self) -> bool:
        """Whether it stands still, in both directions."""
        return self.up.stalled and self.down.stalled

    def stall(self) -> None:
        """Let both directions stand still; connections stay and new ones succeed."""
        if not self.stalled:
            self._stalled_at_s = self._loop.now_s
        self.up.stall()
        self.down.stall()

    def heal(self) -> None:
        """Let both directions flow; healing what is not broken is no error."""
        self.up.flow()
        self.down.flow()

    @property
    def slowed(self) -> bool:
        """Whether it is slower than usual, in either direction."""
        return bool(self.up.slow_s or self.down.slow_s)

    def slow(self, delay_s: float, jitter_s: float) -> None:
        """Let both directions be slow; nothing is lost."""
        self.passed()
        self.up.slow(delay_s, jitter_s)
        self.down.slow(delay_s, jitter_s)

    def quicken(self) -> None:
        """Let both be as fast as usual; making fast what is not slow is no error."""
        self.passed()
        self.up.quicken()
        self.down.quicken()

    def passed(self) -> tuple[int, float]:
        """Return how many messages it has carried in either direction, pings too, and how long they took in all."""
        if self.pings is not None:
            _, pongs = self._kept_up(self.pings)
            round_trip_s = sum(wire.delay_s + wire.slow_s for wire in (self.up, self.down))
            self._pongs_took_s += (pongs - self._pongs) * round_trip_s
            self._pongs = pongs
        passes = self.up.passes + self.down.passes + 2 * self._pongs
        return passes, self.up.took_s + self.down.took_s + self._pongs_took_s

    def facts(self) -> dict[str, int]:
        """Return what the proof of a partition looks at, as counted where the proxy faces its clients."""
        pings, pongs = (0, 0) if self.pings is None else self._kept_up(self.pings)
        return {
            "asked_bytes": self.up.asked_bytes + pings * PING_BYTES,
            "asked_segments": self.up.asked_segments + pings,
            "sent_bytes": self.down.sent_bytes + pongs * PONG_BYTES,
            "answered_bytes": self.down.answered_bytes + pongs * PONG_BYTES,
            "missed": 0,
        }

    def _kept_up(self, pings: Pings) -> tuple[int, int]:
        """Return how many pings were sent and answered: none is while it stands still."""
        now_s = self._loop.now_s
        round_trip_s = sum(wire.delay_s + wire.jitter_s + wire.slow_s for wire in (self.up, self.down))
        return pings.sent(now_s), pings.answered(self._stalled_at_s if self.stalled else now_s, round_trip_s)


class ConnectionLimit:
    """The connections that a client may have in use at once. Who finds none free waits, first come first served."""

    def __init__(self, loop: VirtualLoop, limit: int) -> None:
        self._loop = loop
        self._free = limit
        self._waiting: deque[_Waiting] = deque()

    @property
    def full(self) -> bool:
        """Whether every connection is in use."""
        return self._free == 0

    def take(self) -> bool:
        """Take a connection if one is free."""
        if self._free == 0:
            return False
        self._free -= 1
        return True

    def wait(self, limit_s: float, ready: Callable[[bool], None]) -> None:
        """Call ``ready`` once: with True when a connection is free and taken, with False after the limit."""
        waiting = _Waiting(ready)
        waiting.limit = self._loop.call_later(limit_s, self._over, waiting, context=NOBODY)
        self._waiting.append(waiting)

    def give(self) -> None:
        """Give a connection back, to whoever waits longest."""
        if self._waiting:
            first = self._waiting.popleft()
            first.limit.cancel()
            self._loop.call_soon(first.ready, True, context=NOBODY)
        else:
            self._free += 1

    def _over(self, waiting: _Waiting) -> None:
        self._waiting.remove(waiting)
        waiting.ready(False)


class _Waiting:
    """Somebody who waits for a connection."""

    __slots__ = ("limit", "ready")

    limit: TimerHandle

    def __init__(self, ready: Callable[[bool], None]) -> None:
        self.ready = ready
