"""A run folder with environment and ledger, and small processes with its marker: for tests of the guardian."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deadair.guardian import as_said
from deadair.injectors.processes import Identity, Spawned, find, spawn, stop
from deadair.ledger import Ledger
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Environment
from deadair.model.judgement import Subject
from deadair.model.run_folder import RunFolder

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


class RunParts:
    """What a runner would have made before its first fault."""

    def __init__(self, root: Path, *, wall_limit_s: float = 60.0) -> None:
        self.folder = RunFolder(root)
        self.folder.create()
        self.clock = RunClock.starting_now(speed=60)
        self.run_id = f"test-{root.name}-{self.clock.epoch_mono_ns}"
        self.environment = Environment(
            run_id=self.run_id,
            engine="live",
            command="test",
            subject=Subject(version="1", command="none", configuration_sha256="0"),
            clock=self.clock.as_dict(),
            recorders=("runner",),
            wall_limit_s=wall_limit_s,
        )
        self.folder.environment.write_text(self.environment.model_dump_json())
        self.ledger = Ledger(self.folder.ledger, by="runner", clock=self.clock)
        self.processes: list[Spawned] = []

    def runner_is(self, process: subprocess.Popen[bytes] | None) -> None:
        """Write down who runs; none: somebody who is dead."""
        identity = Identity.of(process.pid) if process else Identity(2**22 - 1, 1)
        self.ledger.write("runner", **as_said(identity), run_id=self.run_id)

    def spawn(self, name: str = "node", command: list[str] = SLEEP) -> Spawned:
        """Start a process of this run."""
        process = spawn(
            name, command, run_id=self.run_id, folder=self.folder.root, log=self.folder.logs / f"{name}.log"
        )
        self.processes.append(process)
        limit = Deadline.after(5.0)
        # The kernel shows a process's variables a moment after it has become the program that it is.
        while process.identity not in find(self.run_id):
            assert not limit.passed(), f"{name} has no marker"
            pause(0.001)
        return process

    def close(self) -> None:
        """End everything that was started here."""
        stop(self.processes, limit_s=5)
        self.ledger.close()


@contextlib.contextmanager
def bystander(command: list[str] = SLEEP) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of the run's."""
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
