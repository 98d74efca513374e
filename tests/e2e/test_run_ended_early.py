"""A real run that is ended early is healed, kept, and judged as what it was."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from deadair import ledger
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.injectors.processes import find
from deadair.judging.judge import judge
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.verdict import Verdict
from deadair.rescue import abort
from tests.e2e.live_runner import START_LIMIT_S, runner, wait_for

pytestmark = pytest.mark.live


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
