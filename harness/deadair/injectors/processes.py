"""Starts, finds, kills and stops the processes of a run. Knows no target and no fault's meaning.

A process is known by its id *and* its start time, for ids are used again. Every process of a run carries the run's
marker in its environment, and so do its children: whoever cleans up finds them all, written down or not.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deadair.injectors.child_environment import child_environment
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

MARKER = "DEADAIR_RUN"
KILL_LIMIT_S = 2.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Identity:
    """One process and no other: its id, and its start in clock ticks since the machine's boot."""

    pid: int
    start_ticks: int

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return the identity of the process that has this id now; none if there is none, or only its remains."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return None
        fields = stat.rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else cls(pid, int(fields[19]))

    def alive(self) -> bool:
        """Say whether it still runs."""
        return Identity.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it is still there."""
        if self.alive():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """Signal it and all of its session's first group, if it is still there."""
        if self.alive():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Spawned:
    """A process that we started, under the name its log has."""

    name: str
    identity: Identity
    handle: subprocess.Popen[bytes]

    def pids(self) -> tuple[int, ...]:
        """Return its id and those of everything that it started, none if it is gone."""
        if not self.identity.alive():
            return ()
        return (self.identity.pid, *(one.pid for one in descendants(self.identity)))

    def ended(self) -> int | None:
        """Return its exit code if it has ended (and take it off the system's list), else none."""
        return self.handle.poll()

    def alive(self) -> bool:
        """Say whether it still runs, or stands still."""
        return self.identity.alive()

    def kill(self) -> None:
        """End it at once, and everything in its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.handle.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still with everything that it started, also what left its session: a database's workers do."""
        self.identity.send_group(signal.SIGSTOP)
        for one in descendants(self.identity):
            one.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let all of that go on."""
        self.identity.send_group(signal.SIGCONT)
        for one in descendants(self.identity):
            one.send(signal.SIGCONT)

    def stands_still(self) -> bool:
        """Say whether it lives and is stopped by a signal."""
        return stands_still(self.identity)


def spawn(  # noqa: PLR0913 - each is named at the call site
    name: str,
    command: Sequence[str],
    *,
    run_id: str,
    folder: Path,
    log: Path,
    cores: Iterable[int] = (),
    variables: Mapping[str, str] | None = None,
) -> Spawned:
    """Start a process in a session of its own, marked, pinned, its output appended to ``log``.

    Nothing of the caller reaches it: it starts in ``folder``, has no standard input, and the environment of
    ``child_environment`` with ``variables`` over it. Raises HarnessError if the system refuses. The pinning is
    inherited: our own affinity is set around the start.
    """
    ours = os.sched_getaffinity(0)
    environment = {**child_environment(), **(variables or {}), MARKER: run_id}
    try:
        with log.open("ab") as output:
            _pin(cores)
            try:
                handle = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=folder,
                    start_new_session=True,
                )
            finally:
                os.sched_setaffinity(0, ours)
    except OSError as error:
        raise HarnessError(f"{name} cannot be started ({error}); look at {log} and the disk") from error
    identity = Identity.of(handle.pid)
    return Spawned(name, identity or Identity(handle.pid, -1), handle)


def stands_still(identity: Identity) -> bool:
    """Say whether a process lives and is stopped by a signal."""
    try:
        state = Path(f"/proc/{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state == b"T" and identity.alive()


def descendants(ancestor: Identity) -> tuple[Identity, ...]:
    """Return every living process that another one started, and those that these started."""
    children: dict[int, list[Identity]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(Identity(int(entry.name), int(fields[19])))
    found = list(children.get(ancestor.pid, ())) if ancestor.alive() else []
    for one in found:  # it grows meanwhile
        found += children.get(one.pid, ())
    return tuple(found)


def find(run_id: str) -> tuple[Identity, ...]:
    """Return every living process that carries a run's marker, ourselves left out.

    Who it is comes first, and is confirmed after the marker was read: an id may pass to a stranger in between.
    """
    marker = f"{MARKER}={run_id}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        identity = Identity.of(int(entry.name))
        try:
            marked = marker in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if identity is not None and marked and identity.alive():
            found.append(identity)
    return tuple(found)


def kill_all(run_id: str, *, limit_s: float, spare: Iterable[Identity] = ()) -> tuple[Identity, ...]:
    """End every process of a run by SIGKILL, again and again until none is left; return those that stay."""
    limit = Deadline.after(limit_s)
    spared = frozenset(spare)
    while True:
        left = tuple(identity for identity in find(run_id) if identity not in spared)
        if not left or limit.passed():
            return left
        for identity in left:
            identity.kill()
        pause(POLL_S)


def stop(several: Iterable[Spawned], *, limit_s: float) -> tuple[str, ...]:
    """End our own processes: SIGTERM, a limit, SIGKILL. Returns the names of those that had to be killed."""
    left = [one for one in several if one.ended() is None]
    for one in left:
        one.identity.send(signal.SIGTERM)
    limit = Deadline.after(limit_s)
    while (left := [one for one in left if one.ended() is None]) and not limit.passed():
        pause(POLL_S)
    for one in left:
        one.kill()
    for one in left:
        with suppress(subprocess.TimeoutExpired):
            one.handle.wait(KILL_LIMIT_S)
    return tuple(one.name for one in left)


def _pin(cores: Iterable[int]) -> None:
    """Keep this process to some cores; a machine that has not got them keeps it where it is."""
    if wanted := set(cores):
        with suppress(OSError):
            os.sched_setaffinity(0, wanted)
