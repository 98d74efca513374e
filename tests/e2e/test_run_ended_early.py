"""A real run that is killed leaves nothing behind; one that is aborted is healed, kept and judged as aborted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.injectors.processes import find
from deadair.judging.judge import judge
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.rescue import abort, heal

pytestmark = pytest.mark.live

RUN = """
import sys
from pathlib import Path
from deadair.model.run_options import RunOptions
from deadair.runner import run_scenario
from deadair.scenario.load import load
scenario = load(Path("scenarios/smoke/partition.yaml"))
run_scenario(scenario, RunOptions(), Path(sys.argv[1]), "test", lambda progress: None)
"""
LEFT_LIMIT_S = 3.0
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


@pytest.mark.parametrize("moment", ["runner", "guardian", "toxiproxy", "gateway", "fleet"])
def test_a_runner_killed_while_it_sets_up_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with runner(tmp_path) as process:
        folder = wait_for(tmp_path, moment)
        process.kill()
        process.wait()
        limit = Deadline.after(LEFT_LIMIT_S)
        run_id = Environment.model_validate_json(folder.environment.read_text()).run_id
        while (left := find(run_id)) and not limit.passed():
            pause(0.02)
    assert left == ()
    heal(tmp_path)
    assert heal(tmp_path).lines == ("nothing is left to heal",)
    assert judge(folder).verdict is not Verdict.PASS


def test_an_abort_is_healed_kept_and_judged_as_aborted(tmp_path: Path) -> None:
    with runner(tmp_path) as process:
        folder = wait_for(tmp_path, "fleet")
        abort(folder, "a test", limit_s=2.0)
        assert process.wait(30) == 0
    history = read(folder.history)
    assert history.torn == () or all("is missing" in text for text in history.torn)
    assert history.of(Kind.ABORT)["detail"].to_list() == ["a test"]
    assert judge(folder).verdict is Verdict.ABORTED
    assert folder.report.is_file()


def test_a_dead_guardian_ends_the_run_as_unknown(tmp_path: Path) -> None:
    with runner(tmp_path) as process:
        folder = wait_for(tmp_path, "fleet")
        line = ledger.newest(ledger.read(folder.ledger), "guardian")
        assert line is not None
        limit = Deadline.after(START_LIMIT_S)
        while read(folder.history).of(Kind.PHASE).is_empty() and not limit.passed():
            pause(0.05)
        os.kill(int(line.said["pid"]), signal.SIGKILL)
        assert process.wait(30) == 0
    assert judge(folder).verdict is Verdict.UNKNOWN
    run_id = Environment.model_validate_json(folder.environment.read_text()).run_id
    assert find(run_id) == ()


def test_ctrl_c_in_mid_storm_is_an_abort_from_that_moment_on(tmp_path: Path) -> None:
    with runner(tmp_path) as process:
        folder = wait_for(tmp_path, "fleet")
        limit = Deadline.after(START_LIMIT_S)
        while not ledger.open_breaks(ledger.read(folder.ledger)):
            assert not limit.passed(), "nothing was broken in time"
            pause(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    history = read(folder.history)
    assert (judge(folder).verdict, judge(folder).why) == (Verdict.ABORTED, "aborted: Ctrl-C")
    lines = ledger.read(folder.ledger)
    assert ledger.open_breaks(lines) == ()
    assert [line.said["how"] for line in lines if line.what == "abort"] == ["healed"]
    assert history.of(Kind.TROUBLE)["detail"].to_list() == []
    # Winding down takes seconds in which nobody drives the phones: they must not be judged by them.
    fleet_ended_us = history.rows.filter(who="fleet", kind=str(Kind.CLOSED))["at_us"].item()
    assert history.of(Kind.ABORT)["at_us"].item() < fleet_ended_us
