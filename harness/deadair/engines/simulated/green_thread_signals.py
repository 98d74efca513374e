"""What green threads wait for: a flag, or their turn. All wake-ups go through the loop, first come, first served."""

from __future__ import annotations

from collections import deque

from greenlet import GreenletExit

from deadair.engines.simulated.green_threads import GreenThreads, Worker
from deadair.engines.simulated.simulated_process import NOBODY


class Signal:
    """A flag that green threads can wait for. All who wait when it is set are woken, even if it is cleared at once."""

    __slots__ = ("_set", "_threads", "_waiting")

    def __init__(self, threads: GreenThreads) -> None:
        self._threads = threads
        self._set = False
        self._waiting: dict[Worker, None] = {}

    def is_set(self) -> bool:
        """Say whether it is set."""
        return self._set

    def set(self) -> None:
        """Set it and wake all who wait, in the order they came."""
        self._set = True
        if self._waiting:
            woken, self._waiting = self._waiting, {}
            for worker in woken:
                thread = worker.thread
                if thread.due is not None:
                    thread.due.cancel()
                thread.due = self._threads.loop.call_soon(worker.switch, True, context=NOBODY)

    def clear(self) -> None:
        """Take it back."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set, at most for ``timeout`` seconds of the loop. Return whether it was."""
        if self._set:
            return True
        worker = self._threads.current()
        worker.thread.due = None
        if timeout is not None:
            loop = self._threads.loop
            worker.thread.due = loop.call_at(loop.now_s + timeout, self._give_up, worker, context=NOBODY)
        self._waiting[worker] = None
        try:
            return bool(self._threads.suspend())
        except GreenletExit:
            self._waiting.pop(worker, None)
            raise

    def _give_up(self, worker: Worker) -> None:
        del self._waiting[worker]
        worker.switch(False)


class Turnstile:
    """A counter that green threads pass through, one for each release, first come, first served."""

    __slots__ = ("_threads", "_value", "_waiting")

    def __init__(self, threads: GreenThreads) -> None:
        self._threads = threads
        self._value = 0
        self._waiting: deque[Worker] = deque()

    def acquire(self) -> bool:
        """Block until it lets the green thread through; always true."""
        if self._value > 0:
            self._value -= 1
            return True
        worker = self._threads.current()
        worker.thread.due = None
        self._waiting.append(worker)
        try:
            self._threads.suspend()
        except GreenletExit:
            if worker in self._waiting:
                self._waiting.remove(worker)
            raise
        return True

    def release(self) -> None:
        """Let one through: whoever waits longest, or else the next who comes."""
        if self._waiting:
            worker = self._waiting.popleft()
            worker.thread.due = self._threads.loop.call_soon(worker.switch, context=NOBODY)
        else:
            self._value += 1
