"""Tasks of the virtual loop: asyncio's own, in sets in the order of their creation, and none of them ever lost.

Sets of tasks are iterated when a TaskGroup cancels its own and by ``asyncio.wait``. By default that order hangs on
memory addresses, which differ from run to run. This file knows nothing of time.
"""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Coroutine, Generator, Iterable, Iterator
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

from deadair.engines.simulated.simulated_process import PROCESS, Process

_Result = TypeVar("_Result")

SWEPT_FROM = 1000
CLOSED_AT_MOST = 100
"""So often a coroutine may await anew in a ``finally`` when it is closed."""


class VirtualTask(asyncio.Task[_Result]):
    """A task that knows its number and its process."""

    def __init__(
        self,
        coroutine: Generator[Any, None, _Result] | Coroutine[Any, Any, _Result],
        loop: asyncio.AbstractEventLoop,
        number: int,
        name: str,
        context: Context | None,
    ) -> None:
        self.number = number
        self.process: Process | None = PROCESS.get(None) if context is None else context.get(PROCESS)
        super().__init__(coroutine, loop=loop, name=name, context=context)
        self._log_destroy_pending = False

    def __hash__(self) -> int:
        return self.number

    __eq__ = object.__eq__


class TaskSet:
    """All tasks of a loop that are unfinished, or failed with nobody asking.

    It holds them fast, so that none is collected while the run lasts: a collected coroutine runs its ``finally`` at a
    moment that nobody can repeat.
    """

    def __init__(self) -> None:
        self._tasks: list[VirtualTask[Any]] = []
        self._sweep_at = SWEPT_FROM

    def add(self, task: VirtualTask[Any]) -> None:
        """Take in a new task."""
        self._tasks.append(task)
        if len(self._tasks) >= self._sweep_at:
            self._tasks = [kept for kept in self._tasks if not kept.done() or kept._log_traceback]
            self._sweep_at = max(SWEPT_FROM, 2 * len(self._tasks))

    def unfinished(self) -> Iterator[VirtualTask[Any]]:
        """Yield the tasks of living processes and of the harness that are not done, in the order of creation."""
        return (task for task in self._tasks if not task.done() and (task.process is None or task.process.alive))

    def failed(self) -> Iterator[VirtualTask[Any]]:
        """Yield the tasks whose error nobody asked for, in the order of creation."""
        return (task for task in self._tasks if task.done() and task._log_traceback)

    def abandon(self) -> None:
        """Close every unfinished coroutine. What its ``finally`` blocks do meets a closed loop, and is nobody's."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coroutines that such a block makes and never awaits
            while self._tasks:
                task = self._tasks.pop()
                if not task.done():
                    _close(task.get_coro())


def unasked(loop: asyncio.AbstractEventLoop, heard: Iterable[object]) -> list[asyncio.Future[Any]]:
    """Return a loop's futures that failed with nobody asking, but for those whose failure is about to be ``heard``.

    Somebody may hold them fast, so that none of them is ever collected and complains.
    """
    due = {id(thing) for thing in heard}
    futures = [thing for thing in gc.get_objects() if issubclass(type(thing), asyncio.Future)]
    mine = [future for future in futures if future.get_loop() is loop and future.done()]
    return [future for future in mine if future._log_traceback and id(future) not in due]


def _close(coroutine: Any) -> None:
    for _ in range(CLOSED_AT_MOST):
        try:
            with suppress(GeneratorExit, asyncio.CancelledError):
                coroutine.close()
            return
        except RuntimeError:  # it awaited in a finally block, or raised one itself: the next turn finds it closed
            continue
        except Exception:  # noqa: BLE001 - a leftover's error is no finding: its run is over
            return
