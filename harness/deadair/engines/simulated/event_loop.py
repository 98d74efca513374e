"""The event loop of the simulated engine: asyncio on virtual time.

Time is a number. It stands still while anything runs. When nothing is left to run, it jumps to the next timer:

      ┌──▶ run what is ready, in order; it may make more ready, and set timers ──┐
      │                                                                          │ nothing is ready
      └── these timers are ready ◀── time jumps to the earliest timers ◀─────────┘

So an hour in which nothing happens costs nothing. What runs, and in which order, depends on the code alone: timers
of one moment run in the order they were set. What belongs to a process whose CPU is at work waits for its turn there.
The loop has no threads, sockets, signals or processes of the real machine: whoever asks for one is refused by name. It
knows simulated processes only as to whose turn it is, and neither the network nor blocking code.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import math
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from itertools import islice
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from deadair.engines.simulated.isolation_leaks import REFUSED, LeakError, culprit
from deadair.engines.simulated.loop_errors import NAMED_MAX, Crash, DeadlockError, StuckError
from deadair.engines.simulated.ordered_tasks import TaskSet, VirtualTask, unasked
from deadair.engines.simulated.simulated_process import NOBODY, PROCESS, current
from deadair.engines.simulated.timer_handle import Handle, name_of

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

STEPS_AT_ONCE_MAX = 5_000_000
COLLECTS_EVERY_STEPS = 200_000
"""So many callbacks lie between two looks for garbage among the young, for whoever leaves that to the loop."""
SWEPT_FROM = 2000


class VirtualLoop(asyncio.BaseEventLoop):
    """Virtual time in seconds from ``start_s``. ``crashes`` is complete only after ``abandon``.

    More than ``steps_at_once_max`` callbacks without time moving are an endless loop.
    """

    _closed: bool
    _stopping: bool
    _thread_id: int | None

    def __init__(self, start_s: float = 0.0, *, steps_at_once_max: int = STEPS_AT_ONCE_MAX) -> None:
        super().__init__()
        self.set_debug(False)  # whatever the shell says: a debugged loop runs other code
        self.crashes: list[Crash] = []
        self.steps = 0
        """How many callbacks ran, those of the present moment not counted."""
        self.now_s = start_s
        """The virtual time, which only this loop moves; the same as ``time()``, for those who ask all the time."""
        self._steps_at_once_max = steps_at_once_max
        self._collects_at = COLLECTS_EVERY_STEPS
        self._ready: deque[Handle] = deque()
        self._timers: list[tuple[float, int, Handle]] = []
        self._timers_set = 0
        self._timers_cancelled = 0
        self._roll = TaskSet()
        self._tasks_made = 0

    # --- what asyncio asks of a loop -------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.now_s

    def call_soon(
        self,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> Handle:
        """Call it in this moment, after all that is due already."""
        handle = Handle(self.now_s, callback, args, copy_context() if context is None else context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> Handle:
        """Call it at a moment of ``time()``; never, if that is infinite. Raises ValueError if it is no moment."""
        handle = Handle(when, callback, args, copy_context() if context is None else context)
        if when < math.inf:
            handle._loop = self
            self._timers_set += 1
            heapq.heappush(self._timers, (when, self._timers_set, handle))
        elif when != math.inf:
            raise ValueError(f"{name_of(callback)} cannot be called at {when}")
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> Handle:
        """Call it after so many seconds; never, if they are infinite. Raises ValueError if they are no number."""
        return self.call_at(self.now_s + delay, callback, *args, context=context)

    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> Handle:
        """As ``call_soon``. Raises LeakError if it comes from another thread: nobody can repeat when."""
        if self._thread_id not in {None, threading.get_ident()}:
            self.refuse("call_soon_threadsafe from another thread")
        return self.call_soon(callback, *args, context=context)

    def create_task(
        self,
        coro: Generator[Any, None, _Result] | Coroutine[Any, Any, _Result],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> VirtualTask[_Result]:
        """Start a task; unless it is given a name, it is called what its coroutine is."""
        if self._closed:
            raise RuntimeError("the run is over: no task can begin")
        self._tasks_made += 1
        called = name_of(coro) if name is None else str(name)
        task: VirtualTask[_Result] = VirtualTask(coro, self, self._tasks_made, called, context)
        self._roll.add(task)
        return task

    def set_task_factory(self, factory: object) -> NoReturn:
        """Refuse: tasks of another kind would be iterated in another order each time. Raises NotImplementedError."""
        raise NotImplementedError("this loop makes its own tasks")

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Take down what nobody handled: in a simulation, nothing is only logged."""
        error = context.get("exception") or RuntimeError(context.get("message", "no message"))
        task = context.get("task", context.get("future"))
        if isinstance(task, VirtualTask):
            self.note(error, task.get_name(), task.process.name if task.process else None)
        else:
            self.note(error, str(context.get("message", "no message")))

    # --- crashes and the end -----------------------------------------------------------------------------------------

    def note(self, error: BaseException, what: str, process: str | None = None) -> None:
        """Take down a crash, once for each error. After the end of the run nothing counts any more."""
        if not self._closed and all(crash.error is not error for crash in self.crashes):
            self.crashes.append(Crash(process, what, error))

    def look_at(self, task: asyncio.Task[Any]) -> None:
        """Take down a finished task's error, if it has one; being cancelled is none."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.call_exception_handler({"exception": error, "task": task})

    def abandon(self) -> None:
        """End the run: take down the last crashes, leave all that is unfinished undone, and close the loop."""
        for task in list(self._roll.failed()):
            self.look_at(task)
        for future in unasked(self, [argument for handle in self._ready for argument in handle._args]):
            self.note(future.exception() or RuntimeError("no error"), "an error that nobody asked for")
        self.close()
        self._roll.abandon()
        self._ready.clear()
        self._timers.clear()

    def refuse(self, what: str) -> NoReturn:
        """Raise LeakError, and take it down too, in case that somebody swallows it."""
        error = LeakError(what, culprit())
        process = current()
        self.note(error, what, process.name if process else None)
        raise error

    # --- how it runs -------------------------------------------------------------------------------------------------

    def forget_timer(self) -> None:
        """Count a cancelled timer; when they are most of all, throw them out. For ``Handle``."""
        self._timers_cancelled += 1
        if self._timers_cancelled > SWEPT_FROM and self._timers_cancelled * 2 > len(self._timers):
            self._timers[:] = [entry for entry in self._timers if not entry[2]._cancelled]
            heapq.heapify(self._timers)
            self._timers_cancelled = 0

    def perform(self, handle: Handle) -> None:
        """Run a callback now, whose turn it is. What it raises is a crash. For ``Process``."""
        if handle._cancelled:
            return
        try:
            handle._context.run(handle._callback, *handle._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - a crash of any kind must be noticed
            process = handle._context.get(PROCESS)
            self.note(error, name_of(handle._callback), process.name if process else None)

    def _run_once(self) -> None:  # noqa: PLR0912 - the hot path: each call that is not made counts
        """Run until ``stop``. Raises DeadlockError or StuckError."""
        ready, perform, steps_max = self._ready, self.perform, self._steps_at_once_max
        steps = 0
        while True:
            while ready:
                if self._stopping:
                    return
                handle = ready.popleft()
                steps += 1
                if handle._context is NOBODY:  # most of them; and nobody's context is like the loop's own: empty
                    try:
                        handle._callback(*handle._args)
                    except (SystemExit, KeyboardInterrupt):
                        raise
                    except BaseException as error:  # noqa: BLE001 - a crash of any kind must be noticed
                        self.note(error, name_of(handle._callback))
                elif (process := handle._context.get(PROCESS)) is None:
                    perform(handle)
                elif process.busy:
                    process.waiting.append(handle)
                elif process.alive:
                    perform(handle)
                    if process.owed_s:
                        process.settle()
                if steps > steps_max:
                    raise StuckError(
                        f"at {self.now_s} s, {steps_max} callbacks ran and time did not move: {handle} goes round"
                    )
            if self._stopping:
                return
            if self._pass_time():
                self.steps += steps
                steps = 0
                if self.steps >= self._collects_at:
                    self._collects_at = self.steps + COLLECTS_EVERY_STEPS
                    gc.collect(0)

    def _pass_time(self) -> bool:
        """Make the next timers ready, and say whether time moved for it. Raises DeadlockError if there is none."""
        timers, ready, pop = self._timers, self._ready, heapq.heappop
        while timers:
            when, _, handle = pop(timers)
            handle._loop = None
            if not handle._cancelled:
                break
            self._timers_cancelled -= 1
        else:
            waiting = ", ".join(task.get_name() for task in islice(self._roll.unfinished(), NAMED_MAX)) or "none"
            raise DeadlockError(f"at {self.now_s} s nothing is left to run before the end; tasks that wait: {waiting}")
        ready.append(handle)
        moved = when > self.now_s
        if moved:
            self.now_s = when
        now_s = self.now_s
        while timers and timers[0][0] <= now_s:
            handle = pop(timers)[2]
            handle._loop = None
            if handle._cancelled:
                self._timers_cancelled -= 1
            else:
                ready.append(handle)
        return moved


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(self: VirtualLoop, *_: object, **__: object) -> NoReturn:
        self.refuse(f"loop.{name}")

    return refuse


for _name in REFUSED:
    setattr(VirtualLoop, _name, _refused(_name))
