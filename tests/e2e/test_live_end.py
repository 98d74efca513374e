"""How a live run ends when something will not: no end is claimed, and nothing is skipped."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair import ledger
from deadair.engines.live import engine
from deadair.engines.live.addresses import Addresses, Cores
from deadair.engines.live.free_ports import FreePorts
from deadair.engines.live.run_processes import RunProcesses
from deadair.engines.live.stop_conditions import StopConditions
from deadair.injectors.processes import Identity, Spawned, kill_all, spawn
from deadair.model.clock import Deadline, RunClock
from tests.e2e.run_parts import SLEEP
from tests.unit.trial import Trial

pytestmark = pytest.mark.live


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path)
    yield made
    made.close()


@pytest.fixture
def live(trial: Trial) -> engine._Live:
    return engine._Live(trial.order, lambda progress: None, RunClock.starting_now(speed=60), Cores.of_this_machine())


def refuse(what: str, **said: object) -> None:
    raise OSError(errno.ENOSPC, "no space left")


def gone(trial: Trial) -> Spawned:
    """A guardian that goes at once."""
    return spawn(
        "guardian",
        [sys.executable, "-c", ""],
        run_id="x",
        folder=trial.folder.root,
        log=trial.folder.logs / "guardian.log",
    )


class Set:
    """Stands in for a stage: keeps what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def kill_proxies(self) -> None:
        self.asked.append("kill_proxies")

    def down(self) -> list[str]:
        self.asked.append("down")
        return []


def test_what_was_ended_for_another_try_is_watched_no_more(trial: Trial) -> None:
    """When a port was taken by a stranger, all is ended and started again elsewhere: no node has ended by itself."""
    ports, run_id = FreePorts(), f"again {trial.folder.root}"
    guardian = spawn("guardian", SLEEP, run_id=run_id, folder=trial.folder.root, log=trial.folder.logs / "guardian.log")
    stop_conditions = StopConditions(trial.folder, trial.recorder, guardian, wall=Deadline.after(60))
    processes = RunProcesses(
        trial.order,
        Addresses.reserve(trial.order, ports),
        cores=Cores.of_this_machine(),
        ports=ports,
        run_id=run_id,
        ledger=trial.ledger,
        recorder=trial.recorder,
        stop_conditions=stop_conditions,
    )
    try:
        processes._spawn("sentinel", SLEEP)
        stop_conditions.check()
        assert processes.down() == []
        stop_conditions.check()
    finally:
        ports.close()
        kill_all(run_id, limit_s=5)
        guardian.handle.wait(5)


def test_an_end_is_claimed_when_nothing_is_left(trial: Trial, live: engine._Live) -> None:
    live._end(trial.ledger, gone(trial))
    assert [line.what for line in ledger.read(trial.folder.ledger)] == ["end"]


def test_no_end_is_claimed_while_a_process_is_left(
    trial: Trial, live: engine._Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "kill_all", lambda *_, **__: (Identity(77, 1),))
    guardian = gone(trial)
    live._end(trial.ledger, guardian)
    (line,) = ledger.read(trial.folder.ledger)
    assert (line.what, line.said["pids"]) == ("left", [77])
    assert guardian.ended() is not None


def test_a_full_disk_lets_the_guardian_go_too(
    trial: Trial, live: engine._Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial.ledger, "write", refuse)
    guardian = gone(trial)
    with pytest.raises(OSError, match="no space"):
        live._end(trial.ledger, guardian)
    assert guardian.ended() is not None


def test_a_full_disk_skips_nothing_of_the_winding_down(
    trial: Trial, live: engine._Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.traffic(1, 1)
    trial.fault_driver.begin("f1")
    monkeypatch.setattr(trial.ledger, "write", refuse)
    processes = Set()
    (wrong,) = live._wind_down(cast(RunProcesses, processes), trial.fault_driver)
    assert "no space left" in wrong
    assert processes.asked == ["kill_proxies", "down"]
