"""Undoes what a run broke when its runner cannot: a process of its own, ``python -m deadair.guardian RUN_FOLDER``.

It knows the ledger and the injectors, and no scenario. It is started before anything else, in a session of its own,
so that neither a terminal's Ctrl-C nor a dead runner takes it along. It acts on four events:

- somebody asks for an abort (the file ``control/abort``): it heals every open break, then tells the runner, which
  ends the run and keeps its history;
- the runner dies, by whatever signal: nothing of the run may stay, so it ends every process of the run;
- the run outlives its wall limit: the same, and a runner that does not end then is ended too;
- the runner ends and leaves processes that it could not end: they are tried once more.

It ends by itself once the ledger says ``end``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from deadair import ledger
from deadair.injectors.injector import Break, Injector
from deadair.injectors.loads import LoadSwitch
from deadair.injectors.pauses import RunResumer
from deadair.injectors.processes import Identity, kill_all
from deadair.injectors.push_provider import Provider
from deadair.injectors.toxiproxy import Toxiproxy
from deadair.ledger import Ledger, Line
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address, Environment
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder

POLL_S = 0.025
HEAL_LIMIT_S = 1.0
"""How long a break is healed again and again: the runner may be making it at this very moment."""
KILL_LIMIT_S = 1.5
SETTLE_S = 0.2
"""A child that was being started when its parent died shows up within this."""
WALL_SLACK_S = 5.0
"""How much later than the runner itself the guardian enforces the wall limit."""
RUNNER_ENDS_S = 45.0
"""How long a runner may take to end after it was told to."""


def main(arguments: list[str]) -> int:
    """Guard one run until it ends."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder = RunFolder(Path(arguments[0]))
    environment = Environment.model_validate_json(folder.environment.read_text("utf-8"))
    writing = HealersLedger(folder.ledger, by="guardian", clock=environment.run_clock)
    try:
        Guardian(folder, environment, writing).guard()
    finally:
        writing.close()
    return 0


def healed_path(folder: RunFolder) -> Path:
    """Return the file that exists once an abort has healed everything."""
    return folder.root / "control" / "healed"


class HealersLedger(Ledger):
    """The guardian's hand on the ledger. Healing is never held back by a disk that takes no line about it."""

    def write(self, what: str, **said: object) -> None:
        """Append a line, if the disk takes it."""
        with suppress(OSError):
            super().write(what, **said)


class Guardian:
    """Watches one run."""

    def __init__(self, folder: RunFolder, environment: Environment, writing: Ledger) -> None:
        self._folder = folder
        self._environment = environment
        self._ledger = writing
        self._lines: tuple[Line, ...] = ()
        self._read_bytes = -1
        self._healed: list[tuple[str, Break]] = []
        self._over = False

    def guard(self) -> None:
        """Watch until the run has ended, by itself or by us."""
        runner, wall = self._runner()
        self._ledger.write("guardian", **as_said(Identity.of(os.getpid())))
        patience: Deadline | None = None
        while not self._ended():
            if not runner.alive():
                self._end("the runner died")
            elif ledger.newest(self._lines, "left") is not None:
                self._end("the runner ended and left processes")
            elif patience is not None and patience.passed():
                runner.kill()
                self._end("the runner did not end in time")
            elif wall.passed() and patience is None:
                patience = Deadline.after(RUNNER_ENDS_S)
                stop_everything(self._environment.run_id, self._ledger, self._lines)
            elif self._folder.abort_request.exists() and (patience is None or self._broken()):
                patience = patience or Deadline.after(RUNNER_ENDS_S)
                self._abort()
            else:
                pause(POLL_S)

    def _runner(self) -> tuple[Identity, Deadline]:
        self._ended()
        line = ledger.newest(self._lines, "runner")
        if line is None:
            raise HarnessError(f"{self._folder.ledger} names no runner to watch")
        return identity_in(line), Deadline.after(self._environment.wall_limit_s + WALL_SLACK_S)

    def _ended(self) -> bool:
        """Read the ledger if it grew; say whether the run has ended, by what it says or by us."""
        size = self._folder.ledger.stat().st_size
        if size != self._read_bytes:
            self._read_bytes = size
            self._lines = ledger.read(self._folder.ledger)
        return self._over or ledger.newest(self._lines, "end") is not None

    def _broken(self) -> tuple[tuple[str, Break], ...]:
        """Return the open breaks, without those that we healed and the disk took no line of."""
        return tuple(each for each in ledger.open_breaks(self._lines) if each not in self._healed)

    def _abort(self) -> None:
        """Heal every open break and tell the runner. If one cannot be healed, for any reason, everything is stopped."""
        taking = Deadline.after(RUNNER_ENDS_S)
        breaks = self._broken()
        how = "healed"
        try:
            for fault_id, broken in breaks:
                self._heal(fault_id, broken)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing may stay broken and nobody may be left to wait
            how = f"stopped everything, for {error}"
            stop_everything(self._environment.run_id, self._ledger, self._lines)
            self._healed += breaks
        real_s = round(RUNNER_ENDS_S - taking.left_s(), 3)
        reason = self._folder.abort_request.read_text("utf-8", errors="replace")[:500]
        self._ledger.write("abort", reason=reason, breaks=len(breaks), how=how, real_s=real_s)
        with suppress(OSError):
            healed_path(self._folder).touch()

    def _heal(self, fault_id: str, broken: Break) -> None:
        """Heal one break. A killed node stays dead: an abort ends the run and with it the node's place."""
        injector = self._injector(fault_id, broken)
        if injector is not None:
            self._ledger.write_break("heal", fault_id, broken)
            limit = Deadline.after(HEAL_LIMIT_S)
            injector.heal(broken)
            while not injector.healed(broken):
                if limit.passed():
                    raise HarnessError(f"{broken.subject} is still broken")
                pause(POLL_S)
                injector.heal(broken)
        self._healed.append((fault_id, broken))
        self._ledger.write_break("healed", fault_id, broken)

    def _injector(self, fault_id: str, broken: Break) -> Injector | None:
        if broken.injector == "load":
            speed = self._environment.run_clock.speed
            return LoadSwitch(self._folder.abort_request.parent, fault_id, speed=speed)
        if broken.injector == "provider":
            return Provider(self._folder.abort_request.parent)
        if broken.injector == "pauses":
            return RunResumer(self._environment.run_id)
        if broken.injector != "toxiproxy":
            return None
        control = ledger.newest(self._lines, "control")
        if control is None:
            raise HarnessError(f"the ledger does not say where the injector of {broken.subject} is controlled")
        return Toxiproxy(Address.model_validate(control.said.get("address")))

    def _end(self, reason: str) -> None:
        stop_everything(self._environment.run_id, self._ledger, self._lines)
        self._ledger.write("end", reason=reason)
        self._over = True


def stop_everything(run_id: str, writing: Ledger, lines: Iterable[Line]) -> None:
    """End every process of a run, which undoes all that was broken in it, and write that down.

    Raises HarnessError if a process cannot be ended.
    """
    guardian = ledger.newest(tuple(lines), "guardian")
    spare = [identity_in(guardian)] if guardian is not None else []
    left = kill_all(run_id, limit_s=KILL_LIMIT_S, spare=spare)
    pause(SETTLE_S)
    left = kill_all(run_id, limit_s=KILL_LIMIT_S, spare=spare)
    if left:
        pids = ", ".join(str(identity.pid) for identity in left)
        raise HarnessError(f"the processes {pids} of the run {run_id} cannot be ended; end them by hand")
    for fault_id, broken in ledger.open_breaks(tuple(lines)):
        writing.write_break("healed", fault_id, broken, by_ending="the processes it was in")


def as_said(identity: Identity | None) -> dict[str, int]:
    """Return an identity as a ledger line says it."""
    return {"pid": identity.pid, "start_ticks": identity.start_ticks} if identity else {"pid": -1, "start_ticks": -1}


def identity_in(line: Line) -> Identity:
    """Return the process a ledger line names. Raises HarnessError if it names none."""
    try:
        return Identity(int(line.said["pid"]), int(line.said["start_ticks"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HarnessError(f"a {line.what} line of the ledger names no process: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
