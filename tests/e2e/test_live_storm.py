"""The phases in their order, the steps at their moments, and no storm without a steady state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines.early_end import AbortedError
from deadair.engines.live.stop_conditions import StopConditions
from deadair.engines.people_driver import PeopleDriver
from deadair.engines.phases import Parts, PhaseRunner
from deadair.engines.probes import Probes
from deadair.fleet.process.status_files import FleetStatus
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.model.progress import Progress
from tests.unit.fleets import well
from tests.unit.trial import Trial

pytestmark = pytest.mark.live

SPEED = 600
WELL = well(8)


class Calm:
    """Oversight and probes of a run in which nothing goes wrong until ``checks`` are used up."""

    def __init__(self, checks: int = 1_000_000) -> None:
        self.ready = {"gateway": True}
        self.expected_dead: set[str] = set()
        self.dead_seen: list[set[str]] = []
        self._checks = checks

    def check(self) -> None:
        self.dead_seen.append(set(self.expected_dead))
        self._checks -= 1
        if self._checks < 0:
            raise AbortedError("enough")

    def ask(self) -> None:
        pass


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path, speed=SPEED)
    made.traffic(1, 1)
    made.injector.facts = {**made.injector.facts, "alive": True, "ready": True}
    yield made
    made.close()


def night(
    trial: Trial, calm: Calm, told: list[Progress], fleet: Callable[[], FleetStatus | None] = lambda: WELL
) -> PhaseRunner:
    overseer, probes = cast(StopConditions, calm), cast(Probes, calm)
    people_driver = PeopleDriver(trial.order, lambda order: len(order.phones))
    parts = Parts(trial.recorder, overseer, trial.fault_driver, people_driver, probes, fleet, told.append)
    return PhaseRunner(trial.order.scenario, parts)


def test_the_warm_up_began_when_the_fleet_did_however_late_one_noticed(trial: Trial) -> None:
    fleet = WELL.model_copy(update={"begin_us": -90_000_000})
    with pytest.raises(AbortedError):
        night(trial, Calm(checks=0), [], lambda: fleet).run()
    trial.recorder.flush()
    assert read(trial.folder.history).of(Kind.PHASE).select("at_us", "detail").rows() == [(-90_000_000, "warm_up")]


def test_a_calm_warm_up_leads_to_storm_recovery_and_end(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.engines.fault_driver.AFTER_REAL_S", 0.1)
    calm, told = Calm(), list[Progress]()
    assert night(trial, calm, told).run()
    trial.recorder.flush()
    history = read(trial.folder.history)
    phases = history.of(Kind.PHASE).select("at_us", "detail").rows()
    assert [phase for _, phase in phases] == ["warm_up", "storm", "recovery", "end"]
    assert history.of(Kind.STEADY)["outcome"].to_list() == ["ok"]
    began = {phase: at_us / 60e6 for at_us, phase in phases}
    assert began["recovery"] - began["storm"] >= 10.0
    steps = [step for step in trial.said() if step.split()[1] in ("begun", "healed")]
    assert steps == ["f1 begun", "f1 healed", "f2 begun", "f2 healed"]
    assert {"watchdog"} in calm.dead_seen
    assert calm.expected_dead == set()
    notes = [progress.note for progress in told if progress.note]
    assert notes[0] == "f1 begins: partition uplink[south]"
    assert any(progress.faults_active == ("kill watchdog",) for progress in told)
    assert {progress.phase for progress in told} == {"warm_up", "storm", "recovery", "ending"}


def test_no_step_is_early(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.engines.fault_driver.AFTER_REAL_S", 0.1)
    night(trial, Calm(), []).run()
    trial.recorder.flush()
    history = read(trial.folder.history)
    storm_us = history.of(Kind.PHASE).filter(history.of(Kind.PHASE)["detail"] == "storm")["at_us"][0]
    begun_us = [
        at_us for at_us, detail in history.of(Kind.FAULT).select("at_us", "detail").iter_rows() if '"begin"' in detail
    ]
    for at_us, wanted_m in zip(begun_us, (0, 5), strict=True):
        assert at_us - storm_us >= wanted_m * 60e6


def test_without_a_steady_state_there_is_no_storm(trial: Trial) -> None:
    told: list[Progress] = []
    stale = WELL.model_copy(update={"fresh": 7})
    assert not night(trial, Calm(), told, lambda: stale).run()
    trial.recorder.flush()
    history = read(trial.folder.history)
    assert history.of(Kind.PHASE)["detail"].to_list() == ["warm_up", "end"]
    (said,) = history.of(Kind.STEADY).select("outcome", "detail").rows()
    assert said == ("fail", "no fresh reading on 1 of 8 phones")
    assert trial.injector.verbs == []


def test_an_abort_ends_it_at_once(trial: Trial) -> None:
    with pytest.raises(AbortedError):
        night(trial, Calm(checks=3), []).run()
    assert trial.injector.verbs == []
