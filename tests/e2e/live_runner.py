"""A live run of the small scenario in a process of its own, for tests that end it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deadair import ledger
from deadair.model.clock import Deadline, pause
from deadair.model.run_folder import RunFolder

RUN = """
import sys
from pathlib import Path
from deadair.model.run_options import RunOptions
from deadair.runner import run_scenario
from deadair.scenario.load import loads
from tools.small_scenario import small
run_scenario(loads(small(), "mini.yaml"), RunOptions(), Path(sys.argv[1]), "test", lambda progress: None)
"""
START_LIMIT_S = 60.0


@contextlib.contextmanager
def runner(reports: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A runner in a process of its own, ended at the latest when the test is."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(reports)])
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def wait_for(reports: Path, name: str) -> RunFolder:
    """Wait until a process of this name is about to be started, and return the run's folder."""
    limit = Deadline.after(START_LIMIT_S)
    while not limit.passed():
        for path in reports.glob("*/2*/ledger.jsonl"):
            lines = ledger.read(path)
            if any(line.what in (name, f"process {name}") or line.said.get("name") == name for line in lines):
                return RunFolder(path.parent)
        pause(0.02)
    raise AssertionError(f"{name} was never started")
