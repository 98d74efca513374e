"""What may happen to the disk, the files and the neighbours of a service that runs, and who has to tell followers then.

Each failure is made while a household lives on the service. Paths of alerts are the app's names for them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from tools.household import Provider
from tools.running_postgres import RunningPostgres
from tools.small_disk import filled, hanging, run_beside, turn_read_only
from tools.spoiled_file import spoil_whole
from tools.up_on_disk import Disk, UpOnDisk

OPENED_BY = {
    "accounts": ("gateway",), "sessions": ("gateway",), "inbox": ("gateway", "processor"),
    "store": ("gateway", "processor"), "alarms": ("watchdog", "notifier"), "sentinel": ("sentinel",),
}  # fmt: skip
"""Which nodes open which file."""
DISK_TRIED_S = 14.0
"""Each node tries to write every ten seconds."""
BY_WATCHDOG, BY_SENTINEL, BY_ITSELF = "service_push", "sentinel_push", "phone_timer"


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be broken."""

    service: UpOnDisk
    provider: Provider
    postgres: RunningPostgres | None


@dataclass(frozen=True, slots=True)
class Failure:
    """``what`` fails. ``told_by``: the paths of which one at least has to tell the follower, beside the phone's own.

    ``postgres``: its readings are stored on a server.
    """

    what: str
    make: Callable[[Scene], AbstractContextManager[None]]
    told_by: tuple[str, ...]
    disk: Disk = "memory"
    settled_s: float = 0.0
    """How long it takes, at the most, until every node has seen it."""
    postgres: bool = False


@contextlib.contextmanager
def _full(scene: Scene) -> Iterator[None]:
    with filled(scene.service.data):
        yield


@contextlib.contextmanager
def _hanging(scene: Scene) -> Iterator[None]:
    with hanging(scene.service.pid, scene.service.folder):
        yield


@contextlib.contextmanager
def _read_only(scene: Scene) -> Iterator[None]:
    turn_read_only(scene.service.pid, scene.service.folder)
    yield


@contextlib.contextmanager
def _spoiled(scene: Scene, *, name: str) -> Iterator[None]:
    file = str(scene.service.folder / f"{name}.sqlite")
    run_beside(scene.service.pid, sys.executable, "-m", "tools.spoiled_file", file)
    yield


@contextlib.contextmanager
def _spoiled_and_restarted(scene: Scene, *, name: str) -> Iterator[None]:
    pids = [scene.service.line["pids"][node] for node in OPENED_BY[name]]
    for number in (signal.SIGSTOP, signal.SIGKILL):  # together: who is first would make the file new for the others
        for pid in pids:
            os.kill(pid, number)
        if number == signal.SIGSTOP:
            spoil_whole(scene.service.data / f"{name}.sqlite")
    yield


@contextlib.contextmanager
def _silent(scene: Scene) -> Iterator[None]:
    scene.provider.silent.set()
    yield


@contextlib.contextmanager
def _server_hangs(scene: Scene) -> Iterator[None]:
    assert scene.postgres is not None
    assert scene.postgres.process is not None
    scene.postgres.process.pause()
    try:
        yield
    finally:
        scene.postgres.process.resume()


def _of(name: str) -> tuple[str, ...]:
    """Return who tells followers when a file is corrupt."""
    return (BY_SENTINEL,) if name == "alarms" else (BY_WATCHDOG,)


FAILURES = (
    Failure("the disk is full", _full, (BY_WATCHDOG, BY_SENTINEL), settled_s=DISK_TRIED_S),
    Failure("the disk turns read-only", _read_only, (BY_SENTINEL,), "file", settled_s=DISK_TRIED_S),
    Failure("the disk hangs", _hanging, (BY_ITSELF,), "file"),
    *(
        Failure(f"`{name}` is corrupt, found by its check", partial(_spoiled, name=name), _of(name))
        for name in OPENED_BY
    ),
    *(
        Failure(f"`{name}` is no database, found at a start", partial(_spoiled_and_restarted, name=name), _of(name))
        for name in OPENED_BY
    ),
    Failure("the PostgreSQL server hangs", _server_hangs, (BY_WATCHDOG,), postgres=True),
    Failure("the push provider takes nothing", _silent, (BY_ITSELF,)),
)
