"""Spreads work over the workers of a Dask cluster, with the promises of ``jobs``: knows neither nights nor what an item
is.

Each worker must be a process of its own with one thread, for a night shuts the real machine out of its process, and
must run the same code as this one. An item whose worker is lost is done again by another: Dask sees to that, and gives
an item up that costs several workers. One that takes too long ends its worker.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import platform
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

import deadair
from deadair.engines.simulated.hard_limit import ended_at_last
from deadair.explore.item_work import LOOK_EVERY_S, Ended, WorkItem, attempt
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.plural import count

_Result = TypeVar("_Result")
AT_ONCE = 2
"""Items that a worker is handed at a time: one that it is at, and the next."""
CONNECT_LIMIT_S = 10.0
WORKERS_LIMIT_S = 30.0
"""Real seconds that one waits for a worker when there is none."""
ANSWER_LIMIT_S = 60.0
CLOSE_LIMIT_S = 5.0


class WorkerFacts(NamedTuple):
    """What a worker says of itself."""

    machine: str
    process: int
    python: str
    code: str
    """The SHA-256 of the package's own source."""


def spread_over(
    address: str,
    work: Callable[[WorkItem], _Result],
    items: Iterable[WorkItem],
    *,
    limit_s: float,
    look: Callable[[], bool] = lambda: True,
) -> Generator[Ended[WorkItem, _Result]]:
    """Yield what came of each item, as they end; see ``jobs.spread``. Raises HarnessError.

    ``work`` and items are pickled; ``limit_s``: real seconds for one item on a worker.
    """
    client = _connected(address)
    cluster = _Cluster(client, address)
    left, task = iter(items), pickle.dumps(work)
    done: SimpleQueue[Any] = SimpleQueue()
    under_way: dict[str, tuple[Any, WorkItem]] = {}
    try:
        while True:
            room = AT_ONCE * len(cluster.workers()) - len(under_way) if look() else 0
            for item in islice(left, max(0, room)):
                future = client.submit(_carried_out, task, item, limit_s, pure=False)
                under_way[future.key] = (future, item)
                future.add_done_callback(done.put)
            if not under_way:
                return
            for future in _ended(done):
                _, item = under_way.pop(future.key)
                yield Ended(item, *_said(future, address))
    finally:
        with suppress(Exception):  # of a cluster that is gone nothing can be taken back
            client.cancel([future for future, _ in under_way.values()], force=True)
        with suppress(Exception):
            client.close(timeout=CLOSE_LIMIT_S)


def refuse_address(address: str) -> None:
    """Raise ScenarioError for what is no address of a cluster."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if not address.startswith("tcp://") or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ScenarioError(f"--cluster: {address[:100]!r} is no address of a scheduler; write tcp://HOST:PORT")


class _Cluster:
    """The workers of a cluster, each looked over once."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._known: dict[str, WorkerFacts] = {}
        self._patience = Deadline.after(WORKERS_LIMIT_S)
        self._mine = about_this_process()

    def workers(self) -> tuple[str, ...]:
        """Return the workers there are. Raises HarnessError for one that cannot be used, and if there is none long."""
        try:
            threads: dict[str, int] = self._client.nthreads()
            new = [name for name in threads if name not in self._known]
            said = self._client.run(about_this_process, workers=new, on_error="ignore") if new else {}
        except Exception as error:
            raise _gone(self._address, error) from error
        self._known = {name: worker for name, worker in (self._known | said).items() if name in threads}
        for name, number in threads.items():
            if number != 1:
                raise self._refused(name, f"has {count(number, 'thread')}; start workers with --nthreads 1")
        self._refuse_others()
        if threads:
            self._patience = Deadline.after(WORKERS_LIMIT_S)
        elif self._patience.passed():
            raise HarnessError(
                f"{self._address}: there has been no worker for {WORKERS_LIMIT_S:g} s: start some, with --nthreads 1"
            )
        return tuple(self._known)

    def _refuse_others(self) -> None:
        processes: dict[tuple[str, int], str] = {}
        for name, worker in self._known.items():
            other = processes.setdefault((worker.machine, worker.process), name)
            if other != name or (worker.machine, worker.process) == (self._mine.machine, self._mine.process):
                raise self._refused(name, "shares its process with others; start each worker as a process of its own")
            if worker.code != self._mine.code:
                raise self._refused(name, "runs other code of deadair than is here: install the same version there")
            if worker.python != self._mine.python:
                raise self._refused(name, f"runs Python {worker.python}, and this is {self._mine.python}: use the same")

    def _refused(self, name: str, why: str) -> HarnessError:
        return HarnessError(f"{self._address}: the worker {name} {why}")


def about_this_process() -> WorkerFacts:
    """Return what this process says of itself."""
    return WorkerFacts(socket.gethostname(), os.getpid(), platform.python_version(), _code_sha256())


@lru_cache(maxsize=1)
def _code_sha256() -> str:
    digest, root = hashlib.sha256(), Path(deadair.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _connected(address: str) -> Any:
    """Return a client of the cluster. Raises HarnessError."""
    try:
        from distributed import Client  # noqa: PLC0415 - optional, and it takes a second to import
    except ImportError as error:
        raise HarnessError("--cluster needs the package distributed: pip install 'deadair[cluster]'") from error
    for name in ("distributed.client", "distributed.core"):  # a lost connection is told here, in one sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_LIMIT_S, set_as_default=False)
    except Exception as error:
        raise HarnessError(
            f"{address}: no scheduler of a Dask cluster answers there ({type(error).__name__}); start one with "
            "`dask scheduler`, and look at the address"
        ) from error


def _ended(done: SimpleQueue[Any]) -> Iterator[Any]:
    """Wait a little for a future that has ended, and yield all that have."""
    with suppress(Empty):
        yield done.get(timeout=LOOK_EVERY_S)
        while True:
            yield done.get_nowait()


def _said(future: Any, address: str) -> tuple[Any, str]:
    """Return the result of an item, or why there is none. Raises HarnessError if the whole cluster is gone."""
    try:
        result: tuple[Any, str] = future.result(timeout=ANSWER_LIMIT_S)
    except Exception as error:
        if future.status != "error":
            raise _gone(address, error) from error
        if type(error).__name__ == "KilledWorker":
            return None, "each worker that was at it was lost"
        return None, f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
    return result


def _gone(address: str, error: Exception) -> HarnessError:
    return HarnessError(f"{address}: the cluster answers no more ({type(error).__name__}); what was found is kept")


def _carried_out(task: bytes, item: Any, limit_s: float) -> tuple[Any, str]:
    """Do an item, in a worker."""
    work = _work_of(task)
    with ended_at_last(limit_s, "an item on a worker"):
        return attempt(work, item)


@lru_cache(maxsize=4)
def _work_of(task: bytes) -> Callable[[Any], Any]:
    """Return the work: one for all items, so that what it has read once it need not read again."""
    work: Callable[[Any], Any] = pickle.loads(task)  # noqa: S301 - of the one who handed this function in, too
    return work
