"""Shuts the real machine out while a simulated run lasts: clocks, chance, threads, processes, signals and sockets.
Local time is UTC inside, whatever the machine's zone is.

Who reaches for one of them gets a ``LeakError`` that names the line, and the run fails even if that error is
swallowed. What this cannot stop: ``datetime.now()``, SQL's ``CURRENT_TIMESTAMP`` and ``random()``, a function that was
imported by its own name (``from time import monotonic``) before, and the order of a set of strings.
The linter's bans and the run's hash under two hash seeds are for those. Only the thread that sealed is held to it; it
may log, which stamps with the real time what no run reads.
"""

from __future__ import annotations

import _posixsubprocess
import _thread
import concurrent.futures
import os
import random
import resource
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deadair.engines.simulated.isolation_leaks import LeakError, culprit
from deadair.model.errors import HarnessError

LOGS = "logging"


class _Seal:
    """Whether the machine is shut out, for whom, and what stood where the traps are."""

    def __init__(self) -> None:
        self.thread: int | None = None
        self.opened = 0
        self.leaks: list[LeakError] = []
        self.originals: list[Any] = []

    def lets_through(self, asking: str) -> bool:
        return self.opened > 0 or self.thread != threading.get_ident() or asking == LOGS


_seal = _Seal()


def _trap(number: int, what: str, is_leak: Callable[..., bool] | None) -> Callable[..., Any]:
    def trap(*arguments: Any, **named: Any) -> Any:
        harmless = is_leak is not None and not is_leak(*arguments, **named)
        if harmless or _seal.lets_through(sys._getframe(1).f_globals.get("__name__", "")):
            return _seal.originals[number](*arguments, **named)
        leak = LeakError(what, culprit())
        _seal.leaks.append(leak)
        raise leak

    return trap


def _seeds_by_chance(_: object, a: object = None, version: int = 2) -> bool:
    return a is None


def _of_now(moment_s: float | None = None) -> bool:
    return moment_s is None


def _of_now_in_words(*arguments: object) -> bool:
    """Say whether ``strftime(format)`` or ``asctime()`` was given no moment."""
    return not any(isinstance(argument, tuple) for argument in arguments)


def _hidden_generator() -> Iterator[str]:
    """Yield the functions of the module ``random`` that draw from its hidden global instance."""
    for name in random.__all__:
        if isinstance(getattr(getattr(random, name), "__self__", None), random.Random):
            yield name


def _places() -> Iterator[tuple[Any, str, str, Callable[..., bool] | None]]:
    """Yield where traps go: the owner, its attribute, what people call it, and when its use is a leak (none: ever)."""
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime"):
        yield time, name, f"time.{name}", None
        yield time, f"{name}_ns", f"time.{name}_ns", None
    for name in ("gmtime", "localtime", "ctime"):
        yield time, name, f"time.{name} of now", _of_now
    for name in ("strftime", "asctime"):
        yield time, name, f"time.{name} of now", _of_now_in_words
    yield time, "sleep", "time.sleep", None
    yield os, "times", "os.times", None
    yield resource, "getrusage", "resource.getrusage", None
    for name in _hidden_generator():
        yield random, name, f"random.{name}", None
    yield random.Random, "seed", "random.Random without a seed", _seeds_by_chance
    yield random, "_urandom", "random.SystemRandom or secrets", None
    for name in ("urandom", "getrandom", "fork", "forkpty", "posix_spawn", "posix_spawnp", "system"):
        yield os, name, f"os.{name}", None
    for name in ("_exit", "abort", "execv", "execve", "kill", "killpg"):  # no verdict is left of what ends this process
        yield os, name, f"os.{name}", None
    for name in ("alarm", "setitimer", "raise_signal", "pthread_kill"):
        yield signal, name, f"signal.{name}", None
    yield subprocess.Popen, "__init__", "subprocess.Popen", None
    yield _posixsubprocess, "fork_exec", "a process of its own", None
    yield ssl, "RAND_bytes", "ssl.RAND_bytes", None
    yield select, "select", "select.select", None
    yield threading.Condition, "wait", "threading.Condition.wait", None
    yield uuid, "uuid1", "uuid.uuid1", None
    yield uuid, "uuid4", "uuid.uuid4", None
    yield _thread, "start_new_thread", "_thread.start_new_thread", None
    yield _thread, "start_new", "_thread.start_new", None
    yield threading.Thread, "start", "threading.Thread", None
    yield concurrent.futures.ThreadPoolExecutor, "submit", "concurrent.futures.ThreadPoolExecutor", None
    yield concurrent.futures.ProcessPoolExecutor, "__init__", "concurrent.futures.ProcessPoolExecutor", None
    yield socket.socket, "__init__", "socket.socket", None
    yield socket, "create_connection", "socket.create_connection", None
    for name in ("getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        yield socket, name, f"socket.{name}", None


def _traps() -> list[tuple[Any, str, Callable[..., Any]]]:
    """Return the owner, the attribute and the trap of each place that this build of Python has: none has all."""
    places = [place for place in _places() if place[1] in vars(place[0])]
    return [
        (owner, attribute, _trap(number, what, is_leak))
        for number, (owner, attribute, what, is_leak) in enumerate(places)
    ]


_TRAPS = _traps()

IN_WINTER_AND_SUMMER_S = (1_577_836_800, 1_561_939_200)


@contextmanager
def sealed(time_zone: str = "UTC") -> Iterator[Sequence[LeakError]]:
    """Shut the real machine out; yield the leaks, of which there are none yet. Local time is that of ``time_zone``.

    Raises LeakError at the first, and again at the end if it was swallowed; RuntimeError if it is shut out already.
    """
    if _seal.thread is not None:
        raise RuntimeError("the machine is sealed already: one simulated run at a time")
    with _in_zone(time_zone):
        yield from _shut_out()


@contextmanager
def _in_zone(time_zone: str) -> Iterator[None]:
    """Let local time be of that zone while inside: the machine's own is no part of a run, whoever asks for it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = time_zone
    time.tzset()
    try:
        _demand_zone(time_zone)
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def _demand_zone(time_zone: str) -> None:
    """Raise HarnessError if the C library, which says what local time is, takes UTC for a zone it does not know."""
    if time_zone == "UTC":
        return
    for moment_s in IN_WINTER_AND_SUMMER_S:
        offset = datetime.fromtimestamp(moment_s, ZoneInfo(time_zone)).utcoffset()
        if offset != timedelta(seconds=time.localtime(moment_s).tm_gmtoff):
            raise HarnessError(f"this machine's C library knows no time zone {time_zone}: install the system's tzdata")


def _shut_out() -> Iterator[Sequence[LeakError]]:
    """Set the traps, yield the leaks, and take the traps away again."""
    _seal.originals = [vars(owner)[attribute] for owner, attribute, _ in _TRAPS]
    _seal.leaks = []
    _seal.opened = 0
    _seal.thread = threading.get_ident()
    try:
        for owner, attribute, trap in _TRAPS:
            setattr(owner, attribute, trap)
        yield _seal.leaks
    finally:
        for (owner, attribute, _), original in zip(_TRAPS, _seal.originals, strict=True):
            setattr(owner, attribute, original)
        _seal.thread = None
    if _seal.leaks:
        raise _seal.leaks[0]


class unsealed:  # noqa: N801 - reads as a word: with unsealed()
    """Let the harness itself use the real machine, for a progress display. It must not block inside."""

    __slots__ = ()

    def __enter__(self) -> None:
        _seal.opened += 1

    def __exit__(self, *_: object) -> None:
        _seal.opened -= 1
