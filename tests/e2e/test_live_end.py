"""How a live run ends when something will not: no end is claimed, and nothing is skipped."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from deadair import ledger
from deadair.engines.early_end import TroubleError, WallLimitError
from deadair.engines.live import engine
from deadair.engines.live.addresses import Addresses, Cores
from deadair.engines.live.free_ports import FreePorts
from deadair.engines.live.run_processes import RunProcesses
from deadair.engines.live.stop_conditions import StopConditions
from deadair.engines.phases import PhaseRunner
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity, Spawned, kill_all, spawn
from deadair.model.clock import Deadline, RunClock
from deadair.model.errors import HarnessError, InjectorLocked
from deadair.runtimes.node_start import ProcessStart
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import RunMarks
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


@contextmanager
def processes_of(trial: Trial) -> Iterator[tuple[RunProcesses, StopConditions]]:
    """The processes of a run, and who watches them."""
    ports, run_id = FreePorts(), f"again {trial.folder.root}"
    guardian = spawn("guardian", SLEEP, run_id=run_id, folder=trial.folder.root, log=trial.folder.logs / "guardian.log")
    stop_conditions = StopConditions(trial.folder, trial.recorder, guardian, wall=Deadline.after(60))
    runtime = Processes(RunMarks(run_id, trial.folder, ()))
    processes = RunProcesses(
        trial.order,
        Addresses.reserve(trial.order, ports, runtime),
        runtime=runtime,
        cores=Cores.of_this_machine(),
        ports=ports,
        run_id=run_id,
        ledger=trial.ledger,
        recorder=trial.recorder,
        stop_conditions=stop_conditions,
    )
    try:
        yield processes, stop_conditions
    finally:
        ports.close()
        kill_all(run_id, limit_s=5)
        guardian.handle.wait(5)


def test_what_was_ended_for_another_try_is_watched_no_more(trial: Trial) -> None:
    """When a port was taken by a stranger, all is ended and started again elsewhere: no node has ended by itself."""
    with processes_of(trial) as (processes, stop_conditions):
        processes._spawn("push-gateway", SLEEP)
        processes.nodes["sentinel"] = node = processes._runtime.start("sentinel", ProcessStart(tuple(SLEEP)))
        stop_conditions.watch(node)
        stop_conditions.check()
        assert processes.down() == []
        assert node.ended() is not None
        stop_conditions.check()


def test_a_load_process_that_hangs_at_its_heal_is_ended_and_named_and_the_run_goes_on(trial: Trial) -> None:
    """It left no verdict and no report."""
    with processes_of(trial) as (processes, stop_conditions):
        hanging, other = processes._spawn("load-f1", SLEEP), processes._spawn("load-f2", SLEEP)
        hanging.identity.send(signal.SIGSTOP)
        processes.end_load("f1")
        assert (hanging.ended(), other.ended()) == (-signal.SIGKILL, None)
        stop_conditions.check()
        assert processes.down() == []
    trial.recorder.flush()
    (said,) = read(trial.folder.history).of(Kind.TROUBLE)["detail"].to_list()
    assert said == "the load process of f1 did not stop when it was told to: it was killed"


class Phases:
    """Phases in which something goes wrong."""

    def __init__(self, error: HarnessError) -> None:
        self.error = error

    def run(self) -> bool:
        raise self.error


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (HarnessError("f1: it is still there after healing"), TroubleError),
        (WallLimitError("too long"), WallLimitError),
        (InjectorLocked("locked up"), InjectorLocked),
    ],
)
def test_a_fault_that_cannot_be_healed_leaves_a_verdict(error: HarnessError, becomes: type[Exception]) -> None:
    with pytest.raises(becomes, match=str(error)):
        engine._through_the_phases(cast(PhaseRunner, Phases(error)))


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
