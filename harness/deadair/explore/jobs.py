"""Spreads work over processes that live long: each takes one item after the other, and results come as they are ready.

A process that dies or hangs loses the item it was at, and nothing else: that item is done once more, by a process of
its own, and then named. Knows neither nights nor what an item is. No process outlives the one that spreads.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any, Generic, TypeVar

from deadair.explore.item_work import LOOK_EVERY_S, Ended
from deadair.injectors.child_environment import child_environment
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
TRIES_MAX = 2
START_LIMIT_S = 60.0
"""Real seconds that a process may take to be up, on a busy machine."""
END_LIMIT_S = 2.0
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""There is a process for each core already."""


@dataclass(frozen=True, slots=True)
class _Process:
    """A process that waits for items. It ends when nobody holds ``life`` open any more."""

    handle: subprocess.Popen[bytes]
    pipe: connection.Connection
    life: int

    def end(self) -> None:
        """End it at once."""
        self.pipe.close()
        with suppress(OSError):
            os.close(self.life)
        self.handle.kill()
        with suppress(subprocess.TimeoutExpired):
            self.handle.wait(END_LIMIT_S)


@dataclass(slots=True)
class _Task(Generic[_Item]):
    """An item that a process is at, or will be as soon as it is up."""

    process: _Process
    item: _Item
    limit: Deadline
    tries: int


def spread(  # noqa: PLR0913 - each is named at the call site
    work: Callable[[_Item], _Result],
    items: Iterable[_Item],
    *,
    jobs: int,
    limit_s: float,
    log: Path,
    look: Callable[[], bool] = lambda: True,
) -> Generator[Ended[_Item, _Result]]:
    """Yield what came of each item, as they end. Closing it, or an interrupt, ends every process.

    ``work`` is handed to each process once, so it must be picklable; ``limit_s``: real seconds for one item;
    ``log``: where their output goes.
    ``look`` is asked every second at the least whether to begin another; once it says no, what runs is finished.
    """
    pool = _Pool[_Item, _Result](lambda: _started(work, log), iter(items), limit_s)
    try:
        while True:
            more = look()
            pool.begin(jobs if more else 0)
            if not pool.busy:
                return
            yield from pool.ended(again=more)
    finally:
        pool.close()


class _Pool(Generic[_Item, _Result]):
    """The processes, those that are at an item and those that are free, and what is left to do."""

    def __init__(self, start: Callable[[], _Process], left: Iterator[_Item], limit_s: float) -> None:
        self.busy: list[_Task[_Item]] = []
        self._start = start
        self._left = left
        self._limit_s = limit_s
        self._free: list[_Process] = []
        self._again: deque[_Item] = deque()

    def begin(self, jobs: int) -> None:
        """Begin items until so many are under way, or none is left."""
        while len(self.busy) < jobs:
            if self._again:  # an item that took its process with it gets a new one: nobody else is to die of it
                self._hand_over(self._start(), self._again.popleft(), self._limit_s + START_LIMIT_S, TRIES_MAX)
                continue
            try:
                item = next(self._left)
            except StopIteration:
                return
            if self._free:
                self._hand_over(self._free.pop(), item, self._limit_s, 1)
            else:
                self._hand_over(self._start(), item, self._limit_s + START_LIMIT_S, 1)

    def ended(self, *, again: bool) -> Iterator[Ended[_Item, _Result]]:
        """Wait a little, and yield what has ended. ``again``: whether an item that was lost may be begun once more."""
        soonest_s = min(task.limit.left_s() for task in self.busy)
        connection.wait([task.process.pipe for task in self.busy], min(LOOK_EVERY_S, soonest_s))
        for task in [task for task in self.busy if task.process.pipe.poll() or task.limit.passed()]:
            try:
                said = _taken(task, self._limit_s)
            except _LostError as lost:
                self.busy.remove(task)
                task.process.end()
                if task.tries < TRIES_MAX and again:
                    self._again.append(task.item)
                else:
                    yield Ended(task.item, None, str(lost))
                continue
            if said is None:
                task.limit = Deadline.after(self._limit_s)
            else:
                self.busy.remove(task)
                self._free.append(task.process)
                yield Ended(task.item, *said)

    def close(self) -> None:
        """End every process."""
        for process in [*self._free, *(task.process for task in self.busy)]:
            process.end()

    def _hand_over(self, process: _Process, item: _Item, limit_s: float, tries: int) -> None:
        with suppress(OSError):  # one that has died meanwhile is noticed when nothing comes of it
            process.pipe.send(item)
        self.busy.append(_Task(process, item, Deadline.after(limit_s), tries))


class _LostError(Exception):
    """A process is gone, or is to go; the text is why."""


def _taken(task: _Task[Any], limit_s: float) -> tuple[Any, str] | None:
    """Take what a process says: nothing but that it is up, or what came of its item. Raises _LostError."""
    try:
        if task.process.pipe.poll():
            said: tuple[Any, str] | None = task.process.pipe.recv()
            return said
    except (EOFError, OSError):
        with suppress(subprocess.TimeoutExpired):
            task.process.handle.wait(END_LIMIT_S)
        raise _LostError(f"its process ended by itself (exit code {task.process.handle.poll()})") from None
    raise _LostError(f"its process took longer than {limit_s:g} real s and was ended")


def _started(work: Callable[[Any], Any], log: Path) -> _Process:
    """Start a process in a session of its own, so that a Ctrl-C is the starter's affair alone. Raises HarnessError."""
    ours, theirs = connection.Pipe()
    until, life = os.pipe()
    command = [sys.executable, "-m", "deadair.explore.job_process", str(theirs.fileno()), str(until)]
    try:
        with log.open("ab") as output:
            handle = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**child_environment(), **ONE_THREAD},
                pass_fds=(theirs.fileno(), until),
                start_new_session=True,
            )
    except OSError as error:
        ours.close()
        os.close(life)
        raise HarnessError(f"a process for nights cannot be started ({error}); look at {log} and the disk") from error
    finally:
        theirs.close()
        os.close(until)
    process = _Process(handle, ours, life)
    with suppress(OSError):
        ours.send(work)
    return process
