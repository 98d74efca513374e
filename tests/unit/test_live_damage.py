"""What the live engine writes down of a fault, and in which order it makes, looks and heals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from harness import ledger
from harness.engines.live import damage as module
from harness.engines.live.damage import Damage
from harness.engines.order import Order
from harness.faults.reports import courses, report
from harness.fleet.roster import draw
from harness.history.reader import read
from harness.history.recorder import Recorder
from harness.history.rows import Kind
from harness.injectors.base import Break, Look
from harness.injectors.recording import Recording
from harness.ledger import Ledger
from harness.model.clock import RunClock
from harness.model.errors import HarnessError
from harness.model.run_folder import RunFolder
from harness.scenario.load import loads
from harness.targets.base import Target
from tests.unit.targets import Described

CLOCK = RunClock.starting_now(speed=60)
TEXT = """
name: trial
why: A partition and a kill, for a test.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 8, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
        cohorts: {south: 50%}}
phases: {warm_up: 2m, storm: 10m, recovery: 2m}
timeline:
  - {at: 0m, lasts: 5m, where: "uplink[south]", fault: {kind: partition}}
  - {at: 5m, lasts: 5m, where: watchdog, fault: {kind: kill}}
checks: [{kind: no_data_deadline}]
"""


class Staged(Recording):
    """An injector whose looks are handed in."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: Mapping[str, int | bool] = {}
        self.stubborn = False

    def look(self, broken: Break) -> Look:
        super().look(broken)
        return Look(self.facts)

    def healed(self, broken: Break) -> bool:
        return not self.stubborn and super().healed(broken)


class Trial:
    """One Damage over a staged injector, its rows and its ledger."""

    def __init__(self, root: Path) -> None:
        self.folder = RunFolder(root)
        self.folder.create()
        scenario = loads(TEXT, "trial.yaml")
        roster = draw(scenario.fleet, seed=1)
        self.order = Order(
            scenario, cast(Target, Described()), roster, self.folder, "test", None, (), Path("toxiproxy-server")
        )
        self.recorder = Recorder(self.folder.history, "runner", CLOCK)
        self.ledger = Ledger(self.folder.ledger, by="runner", clock=CLOCK)
        self.injector = Staged()
        self.damage = Damage(self.order, self.recorder, self.ledger, lambda fault_id, broken: self.injector)

    def traffic(self, asked: int, sent: int) -> None:
        self.injector.facts = {
            "asked_bytes": asked, "asked_segments": asked, "sent_bytes": sent, "answered_bytes": sent, "missed": 0
        }  # fmt: skip

    def said(self) -> list[str]:
        self.recorder.flush()
        rows = read(self.folder.history).of(Kind.FAULT, Kind.SAMPLE)["detail"].to_list()
        details = [json.loads(detail) for detail in rows]
        return [f"{detail['id']} {detail.get('event') or detail['when']}" for detail in details]


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    monkeypatch.setattr(module, "GRACE_REAL_S", 0.0)
    made = Trial(tmp_path)
    yield made
    made.recorder.close()
    made.ledger.close()


def test_a_fault_is_looked_at_made_looked_at_healed_and_looked_at(trial: Trial) -> None:
    trial.traffic(1, 1)
    assert trial.damage.begin("f1") == "f1 begins: partition uplink[south]"
    assert trial.damage.active() == ("partition uplink[south]",)
    trial.damage.look(0)
    trial.traffic(3, 1)
    assert trial.damage.heal("f1") == "f1 is healed: partition uplink[south]"
    assert trial.damage.watching()
    trial.traffic(4, 5)
    trial.damage.look(0)
    assert not trial.damage.watching()
    trial.damage.look(0)
    assert trial.said() == [
        "f1 before", "f1 begin", "f1 begun", "f1 during", "f1 during", "f1 heal", "f1 healed", "f1 after"
    ]  # fmt: skip
    told, unread = courses(read(trial.folder.history))
    (_, entry), _ = trial.order.scenario.faults()
    proof = report("f1", entry.where, entry.fault, told["f1"], None)
    assert (proof.begun, proof.proved, proof.healed, proof.heal_proved) == (True, True, True, True)
    assert unread == ()


def test_what_is_about_to_break_is_looked_at_before(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.damage.look(None)
    trial.damage.look(-2 * 60_000_000)
    assert trial.said() == []
    trial.damage.look(-30_000_000)
    assert trial.said() == ["f1 before"]


def test_the_ledger_knows_of_a_break_before_it_is_made(trial: Trial) -> None:
    class Refusing(Staged):
        def begin(self, broken: Break) -> None:
            raise HarnessError("no")

    trial.injector = Refusing()
    with pytest.raises(HarnessError):
        trial.damage.begin("f1")
    assert [fault for fault, _ in ledger.open_breaks(ledger.read(trial.folder.ledger))] == ["f1"]
    trial.damage.heal_all()
    assert ledger.open_breaks(ledger.read(trial.folder.ledger)) == ()


def test_a_fault_that_does_not_heal_is_never_called_healed(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.damage.begin("f1")
    trial.injector.stubborn = True
    with pytest.raises(HarnessError, match="still there after healing"):
        trial.damage.heal("f1")
    assert "f1 healed" not in trial.said()
    assert trial.damage.active() == ("partition uplink[south]",)
    assert ledger.open_breaks(ledger.read(trial.folder.ledger))


def test_the_grace_is_not_part_of_what_is_judged(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_REAL_S", 60.0)
    trial.traffic(1, 1)
    trial.damage.begin("f1")
    trial.damage.look(0)
    assert "f1 during" not in trial.said()


def test_healing_at_the_end_looks_no_more_and_leaves_killed_nodes_dead(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.damage.begin("f1")
    trial.damage.begin("f2")
    assert trial.damage.dead_nodes() == {"watchdog"}
    trial.damage.heal_all()
    trial.damage.heal_all()
    assert trial.damage.active() == ()
    assert [verb for verb, broken in trial.injector.verbs if broken.injector == "processes"] == ["look", "begin"]
    assert "f1 during" not in trial.said()


def test_healing_what_never_began_does_nothing(trial: Trial) -> None:
    assert trial.damage.heal("f2") == ""
    assert trial.said() == []
