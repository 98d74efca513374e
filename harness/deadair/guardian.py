"""Undoes what a run broke when its runner cannot: a process of its own, ``python -m deadair.guardian RUN_FOLDER``.

It knows the ledger and the injectors, and no scenario. It is started before anything else, in a session of its own,
so that neither a terminal's Ctrl-C nor a dead runner takes it along. It acts on four events:

- somebody asks for an abort (the file ``control/abort``): it heals every open break, then tells the runner, which
  ends the run and keeps its history;
- the runner dies, by whatever signal: nothing of the run may stay, so it ends every process of the run;
- the run outlives its wall limit: the same, and a runner that does not end then is ended too;
- the runner ends and leaves processes or breaks that it could not end: they are tried once more.

It ends by itself once the ledger says ``end``. What it could not undo it writes down as *not healed*; then the ledger
never says ``end``, and ``deadair heal`` still finds the run.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from deadair import ledger
from deadair.healing import Healer, HealingOutcome, OpenBreak, broken_run
from deadair.injectors.processes import Identity
from deadair.ledger import Ledger, Line
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit

POLL_S = 0.025
BEAT_S = 0.2
"""How often it shows that it watches. Whoever hangs heals nobody, and the runner must notice."""
WALL_SLACK_S = 5.0
"""How much later than the runner itself the guardian enforces the wall limit."""
RUNNER_ENDS_S = 45.0
"""How long a runner may take to end after it was told to."""


def main(arguments: list[str]) -> int:
    """Guard one run until it ends."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        folder = RunFolder(Path(arguments[0]))
        environment = Environment.model_validate_json(folder.environment.read_text("utf-8"))
        writing = HealersLedger(folder.ledger, by="guardian", clock=environment.run_clock)
        try:
            Guardian(folder, environment, writing).guard()
        finally:
            writing.close()
    except Exception as error:  # noqa: BLE001 - its log begins with a sentence, whatever it was
        known = isinstance(error, HarnessError | OSError)
        said = str(error) if known else f"{type(error).__name__}: {error}"
        sys.stderr.write(f"the guardian could not do its work: {said}\n")
        if not known:
            traceback.print_exc()
        return Exit.HARNESS
    return 0


def healed_path(folder: RunFolder) -> Path:
    """Return the file that exists once an abort was carried out."""
    return folder.root / "control" / "healed"


def beat_path(folder: RunFolder) -> Path:
    """Return the file whose time of change shows that the guardian watches."""
    return folder.root / "control" / "guardian.beat"


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
        self._seen_to: list[OpenBreak] = []
        self._over = False
        self._next_beat = Deadline.after(0)

    def guard(self) -> None:
        """Watch until the run has ended, by itself or by us."""
        runner, wall = self._runner()
        self._beat()
        self._ledger.write("guardian", **as_said(Identity.of(os.getpid())))
        patience: Deadline | None = None
        while not self._ended():
            if not runner.alive():
                self._end("the runner died")
            elif ledger.newest(self._lines, "left") is not None:
                self._end("the runner ended and left processes or breaks")
            elif patience is not None and patience.passed():
                runner.kill()
                self._end("the runner did not end in time")
            elif wall.passed() and patience is None:
                patience = Deadline.after(RUNNER_ENDS_S)
                self._stop_everything()
            elif self._folder.abort_request.exists() and (patience is None or self._broken()):
                patience = patience or Deadline.after(RUNNER_ENDS_S)
                self._abort()
            else:
                self._beat()
                pause(POLL_S)

    def _beat(self) -> None:
        """Show that it watches: by a file's time, which changes on a full disk too."""
        if self._next_beat.passed():
            self._next_beat = Deadline.after(BEAT_S)
            with suppress(OSError):
                beat_path(self._folder).touch()

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

    def _broken(self) -> tuple[OpenBreak, ...]:
        """Return the open breaks that we have not seen to: a full disk takes no line of what we healed."""
        return tuple(each for each in ledger.open_breaks(self._lines) if each not in self._seen_to)

    def _healer(self) -> Healer:
        environment = self._environment
        speed = environment.run_clock.speed
        return Healer(broken_run(self._folder, self._lines, run_id=environment.run_id, speed=speed), self._ledger)

    def _abort(self) -> None:
        """Heal every open break, or stop everything if that helps (see ``Healer.undo``), and tell the runner."""
        taking = Deadline.after(RUNNER_ENDS_S)
        breaks = self._broken()
        outcome = self._healer().undo(breaks)
        self._seen_to += breaks
        how = "healed" if outcome.whole else "not all healed"
        if outcome.stopped_for:
            how = f"stopped everything, for {outcome.stopped_for}"
        real_s = round(RUNNER_ENDS_S - taking.left_s(), 3)
        self._ledger.write(
            "abort",
            reason=self._folder.abort_request.read_text("utf-8", errors="replace")[:500],
            breaks=len(breaks),
            healed=outcome.healed,
            ends_with_run=outcome.ends_with_run,
            not_healed=outcome.not_healed,
            how=how,
            real_s=real_s,
        )
        with suppress(OSError):
            healed_path(self._folder).touch()

    def _stop_everything(self) -> HealingOutcome:
        return self._healer().stop_everything(ledger.open_breaks(self._lines))

    def _end(self, reason: str) -> None:
        """End everything. Only if nothing is left the ledger says ``end``: ``deadair heal`` finds the run else."""
        self._over = True
        outcome = self._stop_everything()
        outcome.raise_left()
        if outcome.whole:
            self._ledger.write("end", reason=reason)


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
