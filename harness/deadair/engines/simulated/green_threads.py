"""Blocking code in virtual time: each green thread is a greenlet that hands over to the loop while it waits.

The fleet's drivers are written as blocking code, so that the same lines run live. Only one thing runs at a time: the
loop, here called the hub, or one green thread. They hand over to each other:

    the hub                          a green thread
    ───────                          ──────────────
    callback: begin     ──switch──▶  runs its work, while time stands still
                                     sleep(5) sets a timer for 5 s later ...
    runs what is due    ◀──switch──  ... and hands over
    time jumps to the timer
    callback: wake up   ──switch──▶  goes on after sleep(5)
                                     its work returns: it has ended
    runs what is due    ◀──switch──

Time moves only in the hub, so it never moves while a green thread runs. Only a callback of the loop wakes a green
thread, first come, first served. So a run repeats exactly. A green thread belongs to no process: it costs no CPU. This
file knows the loop, and nothing of what green threads do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar, TypeVarTuple

from greenlet import GreenletExit, getcurrent, greenlet

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.loop_errors import NAMED_MAX, DeadlockError
from deadair.engines.simulated.simulated_process import NOBODY
from deadair.engines.simulated.timer_handle import Handle, name_of
from deadair.model.errors import HarnessError

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")


class OutsideGreenThreadError(HarnessError):
    """Something that blocks was called where nothing can wait: in a callback or a task of the loop."""

    def __init__(self) -> None:
        super().__init__("only a green thread can block: call this in work that was started with GreenThreads.spawn")


class GreenThread:
    """One line of blocking work; made by ``GreenThreads.spawn``."""

    __slots__ = ("due", "ending", "name", "worker")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ending = False
        """Whether it was told to end: it cannot block any more."""
        self.due: Handle | None = None
        """What will wake it, if that is known already."""
        self.worker: Worker | None = None
        """What it runs on, none before it begins."""


class Worker(greenlet):  # type: ignore[misc]
    """A greenlet that carries one green thread after the other: a new greenlet costs several times as much."""

    thread: GreenThread


class GreenThreads:
    """All green threads of a loop. To be made by whoever will run the loop, outside any green thread."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self._hub = getcurrent()
        self._unfinished: dict[GreenThread, None] = {}
        self._idle: list[Worker] = []

    @property
    def alive(self) -> int:
        """How many green threads have not ended."""
        return len(self._unfinished)

    def spawn(self, work: Callable[[*_Arguments], object], *arguments: *_Arguments, name: str = "") -> GreenThread:
        """Start something beside everything else, on the next turn of the loop. What it raises is a crash."""
        thread = GreenThread(name or name_of(work))
        self._unfinished[thread] = None
        thread.due = self.loop.call_soon(self._begin, thread, work, arguments, context=NOBODY)
        return thread

    def sleep(self, real_s: float) -> None:
        """Block for so many seconds of the loop; at 0, until all that is due at this moment has had its turn."""
        worker = self.current()
        worker.thread.due = self.loop.call_at(self.loop.now_s + real_s, worker.switch, context=NOBODY)
        self._hub.switch()

    def wait(self, future: asyncio.Future[_Result]) -> _Result:
        """Block until it is done, and return its result or raise its exception."""
        if not future.done():
            wake = self.current().switch
            future.add_done_callback(wake, context=NOBODY)
            try:
                self._hub.switch()
            except GreenletExit:
                future.remove_done_callback(wake)
                raise
        return future.result()

    def current(self) -> Worker:
        """Return what carries the green thread that is about to block. Raises OutsideGreenThreadError if none runs."""
        worker = getcurrent()
        if worker.__class__ is not Worker:
            raise OutsideGreenThreadError
        if worker.thread.ending:
            raise GreenletExit
        return worker

    def waker(self) -> Callable[..., None]:
        """Return what wakes the running green thread, about to ``suspend``, with a result of one value or more.

        For callbacks of the loop, once each: what wakes it runs the green thread there and then.
        """
        return self.current().switch  # type: ignore[no-any-return]

    def suspend(self) -> Any:
        """Block until somebody switches to the current worker; return what it was switched with."""
        return self._hub.switch()

    def names(self) -> str:
        """Return what the first of the green threads that have not ended are called, for people."""
        return ", ".join(thread.name for thread in islice(self._unfinished, NAMED_MAX)) or "none"

    def kill_all(self) -> None:
        """End every green thread but the asking one, oldest first. Their ``finally`` blocks run, and cannot block."""
        killer = getcurrent()
        for thread in [thread for thread in self._unfinished if thread.worker is not killer]:
            thread.ending = True
            if thread.due is not None:
                thread.due.cancel()
            if thread.worker is not None:
                self._end(thread.worker, killer)
            self._unfinished.pop(thread, None)  # of one that had not begun
        while self._idle:
            self._end(self._idle.pop(), killer)

    def _end(self, worker: Worker, killer: greenlet) -> None:
        worker.parent = killer  # where its end leads to
        worker.throw(GreenletExit)
        worker.parent = self._hub

    def _begin(self, thread: GreenThread, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        if self._idle:
            worker = self._idle.pop()
            worker.gr_context = None  # what the last green thread put into its context is not for the next
        else:
            worker = Worker(self._carry, self._hub)
        worker.thread = thread
        thread.worker = worker
        thread.due = None
        worker.switch(worker, work, arguments)

    def _carry(self, worker: Worker, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        while True:
            try:
                work(*arguments)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                if worker.thread.ending and isinstance(error, GreenletExit):
                    raise
                self.loop.note(error, worker.thread.name)
            finally:
                del self._unfinished[worker.thread]
            del work, arguments  # not to be kept alive by an idle worker
            self._idle.append(worker)
            worker, work, arguments = self._hub.switch()


def run(loop: VirtualLoop, work: Callable[[], _Result], *, threads: GreenThreads | None = None) -> _Result:
    """Run something as the main green thread until it returns, and return that; what it raises is raised.

    Then everything else ends: green threads are killed, tasks abandoned, and the loop is closed. ``loop.crashes`` is
    complete then, also of errors that nobody can raise, as in a ``__del__``. Raises DeadlockError or StuckError if it
    cannot get to its end, and HarnessError if somebody stops the loop before it.
    """
    threads = threads or GreenThreads(loop)
    results: list[_Result] = []
    errors: list[Exception] = []

    def main() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - it is raised where the run was asked for
            errors.append(error)
        finally:
            loop.stop()

    before = sys.unraisablehook
    sys.unraisablehook = lambda lost: loop.note(lost.exc_value or RuntimeError(lost.err_msg), name_of(lost.object))
    try:
        threads.spawn(main, name="main")
        loop.run_forever()
        if errors:
            raise errors[0]
        if not results:
            raise HarnessError(f"at {loop.now_s} s somebody stopped the loop before the run was over")
        return results[0]
    except DeadlockError as error:
        raise DeadlockError(f"{error}; green threads that wait: {threads.names()}") from error
    finally:
        threads.kill_all()
        loop.abandon()
        sys.unraisablehook = before
