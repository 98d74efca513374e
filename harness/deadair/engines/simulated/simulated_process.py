"""One simulated process: a name, one CPU, a wall clock that may be wrong, and a life that may end at any moment.

Every callback belongs to the process whose context it runs in, which tasks inherit, or to none: the harness's own
side, which costs no CPU. A process does one thing at a time. Work costs no time by itself: who models work says what
it costs with ``charge``. This file knows what it needs of a loop, but neither what a process computes nor the network.
"""

from __future__ import annotations

from asyncio import Task
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, Protocol, TypeVar, TypeVarTuple

from deadair.engines.simulated.timer_handle import Handle

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

PROCESS: ContextVar[Process] = ContextVar("PROCESS")
"""The process that a context belongs to; unset on the harness's side."""

NOBODY = Context()
"""The context of what belongs to no process."""


class ProcessLoop(Protocol):
    """What a process needs of its loop: time, turns and tasks."""

    @property
    def now_s(self) -> float:
        """The virtual time, in seconds."""
        ...

    def call_soon(
        self, callback: Callable[[*_Arguments], object], *args: *_Arguments, context: Context | None = None
    ) -> Handle:
        """Call it in this moment, after all that is due already."""
        ...

    def call_at(
        self, when: float, callback: Callable[[*_Arguments], object], *args: *_Arguments, context: Context | None = None
    ) -> Handle:
        """Call it at a moment."""
        ...

    def create_task(
        self, coro: Coroutine[Any, Any, _Result], *, name: object = None, context: Context | None = None
    ) -> Task[_Result]:
        """Start a task."""
        ...

    def look_at(self, task: Task[Any]) -> None:
        """Take down a finished task's error, if it has one."""
        ...

    def perform(self, handle: Handle) -> None:
        """Run a callback now, whose turn it is."""
        ...


class Process:
    """A simulated process on a loop.

    ``skew_s``: by how much its wall clock is ahead; whoever tells it the time adds it. ``busy_s``: how long its CPU has
    been at work, what is charged already included. Seconds are those of the loop's clock.
    """

    __slots__ = ("_context", "_free_at_s", "_goes_on", "_loop", "alive", "busy", "busy_s", "name", "owed_s",
                 "skew_s", "stopped", "waiting")  # fmt: skip

    def __init__(self, loop: ProcessLoop, name: str, *, skew_s: float = 0.0) -> None:
        self.name = name
        self.alive = True
        self.skew_s = skew_s
        self.busy_s = 0.0
        self.busy = False
        """Whether its CPU is at work: then the loop puts its callbacks into ``waiting``."""
        self.waiting: deque[Handle] = deque()
        self.owed_s = 0.0
        """What the callback that runs right now was charged."""
        self.stopped = False
        """Whether it stands still, as after SIGSTOP."""
        self._goes_on = False
        """Whether the loop will call ``_go_on`` by itself."""
        self._loop = loop
        self._free_at_s = loop.now_s
        self._context = Context()
        self._context.run(PROCESS.set, self)

    def spawn(self, coroutine: Coroutine[Any, Any, _Result], name: str) -> Task[_Result]:
        """Start a task in it. If it raises, that is a crash, even if somebody awaits it."""
        task = self.serve(coroutine, name)
        task.add_done_callback(self._loop.look_at, context=NOBODY)
        return task

    def serve(self, coroutine: Coroutine[Any, Any, _Result], name: str) -> Task[_Result]:
        """Start a task in it that answers for whatever it raises itself."""
        return self._loop.create_task(coroutine, name=name, context=self._context.copy())

    def run_soon(self, callback: Callable[[*_Arguments], object], *arguments: *_Arguments) -> Handle:
        """Call something in it, behind all that waits for its CPU."""
        return self._loop.call_soon(callback, *arguments, context=self._context.copy())

    def charge(self, seconds: float) -> None:
        """Keep its CPU at work for so long: from the end of its running callback, or else from now."""
        self.owed_s += seconds
        if PROCESS.get(None) is not self:
            self.settle()

    def settle(self) -> None:
        """Turn what is owed into time: it is busy, or stays so for longer. For the loop, after each callback."""
        cost_s, self.owed_s = self.owed_s, 0.0
        if not self.alive:
            return
        self.busy_s += cost_s
        if self.busy:
            self._free_at_s += cost_s
        else:
            self.busy = self._goes_on = True
            self._free_at_s = self._loop.now_s + cost_s
            self._loop.call_at(self._free_at_s, self._go_on, context=NOBODY)

    def stop(self) -> None:
        """Let it stand still where it is: whatever comes waits until ``resume``. The work in hand ends in time."""
        self.stopped = self.busy = True

    def resume(self) -> None:
        """Let it go on after ``stop``, with all that has waited."""
        if self.stopped:
            self.stopped = False
            if not self._goes_on:
                self._goes_on = True
                self._loop.call_soon(self._go_on, context=NOBODY)

    def crash(self) -> None:
        """Let it die here and now: what waits, its timers and its tasks never happen again, and no ``finally`` runs.

        A callback of its own that calls this still runs to its end, or to its next ``await``.
        """
        self.alive = False
        self.busy = False
        self.waiting.clear()

    def _go_on(self) -> None:
        """Run what waited for the CPU until something costs time again."""
        if not self.alive:
            return
        if self._loop.now_s < self._free_at_s:
            self._loop.call_at(self._free_at_s, self._go_on, context=NOBODY)
            return
        self._goes_on = False
        if self.stopped:
            return
        self.busy = False
        while self.waiting and not self.busy:
            self._loop.perform(self.waiting.popleft())
            if self.owed_s:
                self.settle()


def current() -> Process | None:
    """Return the process that runs right now, none on the harness's side."""
    return PROCESS.get(None)


def charge(seconds: float) -> None:
    """Charge the process that runs right now; the harness's own side costs nothing."""
    process = PROCESS.get(None)
    if process is not None:
        process.owed_s += seconds
