"""While the machine is sealed, nothing of a run reaches for its clocks, chance, threads, processes or sockets."""

# ruff: noqa: TID251, PLW0108, S605, S606 - what is banned is what is tried here, and looked up only then
from __future__ import annotations

import _thread
import concurrent.futures
import logging
import os
import random
import resource
import secrets
import select
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from multiprocessing.util import spawnv_passfds

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads, run
from deadair.engines.simulated.isolation import _TRAPS, _traps, sealed, unsealed
from deadair.engines.simulated.isolation_leaks import LeakError

TRUE = ["/bin/true"]
LEAKS: dict[str, Callable[[], object]] = {
    "time.time": lambda: time.time(),
    "time.time_ns": lambda: time.time_ns(),
    "time.monotonic": lambda: time.monotonic(),
    "time.monotonic_ns": lambda: time.monotonic_ns(),
    "time.perf_counter": lambda: time.perf_counter(),
    "time.perf_counter_ns": lambda: time.perf_counter_ns(),
    "time.clock_gettime": lambda: time.clock_gettime(time.CLOCK_MONOTONIC),
    "time.clock_gettime_ns": lambda: time.clock_gettime_ns(time.CLOCK_REALTIME),
    "os.times": lambda: os.times(),
    "time.gmtime": lambda: time.gmtime(),
    "time.localtime": lambda: time.localtime(None),
    "time.ctime": lambda: time.ctime(),
    "time.strftime": lambda: time.strftime("%Y"),
    "time.asctime": lambda: time.asctime(),
    "resource.getrusage": lambda: resource.getrusage(resource.RUSAGE_SELF),
    "time.sleep": lambda: time.sleep(0),
    "threading.Condition.wait": lambda: threading.Event().wait(0.001),
    "select.select": lambda: select.select([], [], [], 0),
    "random.random": lambda: random.random(),
    "random.randint": lambda: random.randint(1, 2),
    "random.choice": lambda: random.choice("ab"),
    "random.shuffle": lambda: random.shuffle([1, 2]),
    "random.uniform": lambda: random.uniform(1.0, 2.0),
    "random.seed": lambda: random.seed(5),
    "random.Random without a seed": lambda: random.Random(),
    "random.SystemRandom": lambda: random.SystemRandom().random(),
    "secrets": lambda: secrets.token_hex(),
    "os.urandom": lambda: os.urandom(8),
    "ssl.RAND_bytes": lambda: ssl.RAND_bytes(8),
    "os.getrandom": lambda: os.getrandom(8),
    "uuid.uuid1": lambda: uuid.uuid1(),
    "uuid.uuid4": lambda: uuid.uuid4(),
    "_thread.start_new_thread": lambda: _thread.start_new_thread(print, ()),
    "_thread.start_new": lambda: _thread.start_new(print, ()),
    "threading.Thread": lambda: threading.Thread(target=print).start(),
    "concurrent.futures.ThreadPoolExecutor": lambda: concurrent.futures.ThreadPoolExecutor().submit(print),
    "concurrent.futures.ProcessPoolExecutor": lambda: concurrent.futures.ProcessPoolExecutor().submit(print),
    "subprocess.Popen": lambda: subprocess.run(TRUE, check=True),
    "a process of its own": lambda: spawnv_passfds(os.fsencode(TRUE[0]), [os.fsencode(TRUE[0])], []),
    "os.posix_spawn": lambda: os.posix_spawn(TRUE[0], TRUE, {}),
    "os.posix_spawnp": lambda: os.posix_spawnp(TRUE[0], TRUE, {}),
    "os.system": lambda: os.system(TRUE[0]),
    "os._exit": lambda: os._exit(0),
    "os.abort": lambda: os.abort(),
    "os.execv": lambda: os.execl(TRUE[0], *TRUE),
    "os.execve": lambda: os.execle(TRUE[0], *TRUE, {}),
    "os.kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "os.killpg": lambda: os.killpg(os.getpgid(0), signal.SIGKILL),
    "signal.alarm": lambda: signal.alarm(1),
    "signal.setitimer": lambda: signal.setitimer(signal.ITIMER_REAL, 1.0),
    "signal.raise_signal": lambda: signal.raise_signal(signal.SIGKILL),
    "signal.pthread_kill": lambda: signal.pthread_kill(threading.get_ident(), signal.SIGKILL),
    "socket.socket": lambda: socket.socket(),
    "socket.create_connection": lambda: socket.create_connection(("127.0.0.1", 9)),
    "socket.getaddrinfo": lambda: socket.getaddrinfo("localhost", 9),
    "socket.getnameinfo": lambda: socket.getnameinfo(("127.0.0.1", 9), 0),
    "socket.gethostbyname": lambda: socket.gethostbyname("localhost"),
    "socket.gethostbyname_ex": lambda: socket.gethostbyname_ex("localhost"),
    "socket.gethostbyaddr": lambda: socket.gethostbyaddr("127.0.0.1"),
}


def standing() -> list[object]:
    return [vars(owner)[attribute] for owner, attribute, _ in _TRAPS]


@pytest.mark.parametrize("what", LEAKS)
def test_a_leak_is_refused_and_its_line_named(what: str) -> None:
    with pytest.raises(LeakError, match=rf"test_simulated_isolation\.py:\d+ uses .*{what}"), sealed():
        LEAKS[what]()


def test_a_leak_names_the_very_line() -> None:
    line = LEAKS["time.time"].__code__.co_firstlineno
    with pytest.raises(LeakError) as refused, sealed():
        LEAKS["time.time"]()
    assert refused.value.place == f"{__file__}:{line}"


def test_a_generator_cannot_be_seeded_by_chance_again() -> None:
    drawn = random.Random(5)
    with pytest.raises(LeakError, match="without a seed"), sealed():
        drawn.seed()


def test_a_leak_that_somebody_swallows_is_raised_at_the_end() -> None:
    with pytest.raises(LeakError, match=r"time\.time"), sealed(), pytest.raises(LeakError):
        time.time()


def test_another_error_is_not_hidden_by_a_leak() -> None:
    with pytest.raises(ZeroDivisionError), sealed():
        with pytest.raises(LeakError):
            time.time()
        raise ZeroDivisionError


def test_everything_stands_as_before_afterwards_also_after_an_error() -> None:
    before = standing()
    with sealed():
        assert all(now is not then for now, then in zip(standing(), before, strict=True))
    assert standing() == before
    with pytest.raises(ZeroDivisionError), sealed():
        raise ZeroDivisionError
    assert standing() == before
    assert time.time() > 0


def test_a_seeded_generator_draws_as_always() -> None:
    expected = random.Random("5 uplink").random()
    with sealed():
        assert random.Random("5 uplink").random() == expected


def test_a_moment_of_ones_own_may_be_put_into_words() -> None:
    with sealed():
        day = time.gmtime(86_400)
        assert (time.strftime("%Y-%m-%d", day), time.asctime(day)) == ("1970-01-02", "Fri Jan  2 00:00:00 1970")


def test_what_a_build_of_python_lacks_needs_no_trap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getrandom")
    lacking = [(owner, attribute) for owner, attribute, _ in _traps()]
    assert lacking == [(owner, attribute) for owner, attribute, _ in _TRAPS if attribute != "getrandom"]


def test_the_harness_itself_may_look_outside() -> None:
    with sealed(), unsealed():
        assert time.monotonic() > 0
        assert time.clock_gettime(time.CLOCK_MONOTONIC) > 0
        assert len(os.urandom(4)) == len(os.getrandom(4)) == 4
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
        assert subprocess.run(TRUE, check=True).returncode == 0
    with pytest.raises(LeakError), sealed():
        with unsealed():
            pass
        time.monotonic()


def test_another_thread_is_not_held_to_it() -> None:
    inside = threading.Event()
    seen: list[float] = []

    def look() -> None:
        inside.wait(10.0)
        seen.append(time.monotonic())

    thread = threading.Thread(target=look)
    thread.start()
    with sealed():
        inside.set()
        thread.join(10.0)
    assert len(seen) == 1


def test_only_one_run_is_sealed_at_a_time() -> None:
    with sealed(), pytest.raises(RuntimeError, match="sealed already"), sealed():
        pass
    assert time.time() > 0


def test_logging_sqlite_and_a_simulated_run_are_not_hurt(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()
    threads = GreenThreads(loop)

    def main() -> float:
        logging.getLogger("dead air").warning("something to log")
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE TABLE readings (at_us INTEGER)")
        database.close()
        threads.sleep(5.0)
        return loop.time()

    with sealed():
        assert run(loop, main, threads=threads) == 5.0
    assert "something to log" in caplog.text


def test_local_time_is_utc_inside_and_the_machines_again_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        with sealed():
            assert time.localtime(0).tm_hour == 0
            assert datetime.fromtimestamp(0).hour == 0  # noqa: DTZ006 - this is what somebody might write
        assert time.localtime(0).tm_hour == 5
        assert os.environ["TZ"] == "Asia/Kolkata"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_machine_that_names_no_zone_names_none_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    with pytest.raises(LeakError), sealed():
        time.time()
    assert "TZ" not in os.environ
