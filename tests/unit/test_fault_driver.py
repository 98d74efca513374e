"""What the live engine writes down of a fault, and in which order it makes, looks and heals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.engines import fault_driver as module
from deadair.history.reader import read
from deadair.injectors.injector import Break
from deadair.judging.fault_reports import courses, report
from deadair.model.errors import HarnessError
from tests.unit.trial import Staged, Trial


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    monkeypatch.setattr(module, "GRACE_REAL_S", 0.0)
    made = Trial(tmp_path)
    yield made
    made.close()


def test_a_fault_is_looked_at_made_looked_at_healed_and_looked_at(trial: Trial) -> None:
    trial.traffic(1, 1)
    assert trial.fault_driver.begin("f1") == "f1 begins: partition uplink[south]"
    assert trial.fault_driver.active() == ("partition uplink[south]",)
    trial.fault_driver.look(0)
    trial.traffic(3, 1)
    assert trial.fault_driver.heal("f1") == "f1 is healed: partition uplink[south]"
    assert trial.fault_driver.watching()
    trial.traffic(4, 5)
    trial.fault_driver.look(0)
    assert not trial.fault_driver.watching()
    trial.fault_driver.look(0)
    assert trial.said() == [
        "f1 before", "f1 begin", "f1 begun", "f1 during", "f1 during", "f1 heal", "f1 healed", "f1 after"
    ]  # fmt: skip
    told, unread = courses(read(trial.folder.history))
    (_, entry), _ = trial.order.scenario.faults()
    proof = report("f1", entry, told["f1"], None)
    assert (proof.begun, proof.proved, proof.healed, proof.heal_proved) == (True, True, True, True)
    assert unread == ()


def test_what_is_about_to_break_is_looked_at_before(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.fault_driver.look(None)
    trial.fault_driver.look(-3 * 60_000_000)
    assert trial.said() == []
    trial.fault_driver.look(-30_000_000)
    assert trial.said() == ["f1 before"]


def test_the_ledger_knows_of_a_break_before_it_is_made(trial: Trial) -> None:
    class Refusing(Staged):
        def begin(self, broken: Break) -> None:
            raise HarnessError("no")

    trial.injector = Refusing()
    with pytest.raises(HarnessError):
        trial.fault_driver.begin("f1")
    assert [fault for fault, _ in ledger.open_breaks(ledger.read(trial.folder.ledger))] == ["f1"]
    trial.fault_driver.heal_all()
    assert ledger.open_breaks(ledger.read(trial.folder.ledger)) == ()


def test_a_fault_that_does_not_heal_is_never_called_healed(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.fault_driver.begin("f1")
    trial.injector.stubborn = True
    with pytest.raises(HarnessError, match="still there after healing"):
        trial.fault_driver.heal("f1")
    assert "f1 healed" not in trial.said()
    assert trial.fault_driver.active() == ("partition uplink[south]",)
    assert ledger.open_breaks(ledger.read(trial.folder.ledger))


def test_the_grace_is_not_part_of_what_is_judged(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_REAL_S", 60.0)
    trial.traffic(1, 1)
    trial.fault_driver.begin("f1")
    trial.fault_driver.look(0)
    assert "f1 during" not in trial.said()


def test_healing_at_the_end_looks_no_more_and_leaves_killed_nodes_dead(trial: Trial) -> None:
    trial.traffic(1, 1)
    trial.fault_driver.begin("f1")
    trial.fault_driver.begin("f2")
    assert trial.fault_driver.dead_nodes() == {"watchdog"}
    trial.fault_driver.heal_all()
    trial.fault_driver.heal_all()
    assert trial.fault_driver.active() == ()
    assert [verb for verb, broken in trial.injector.verbs if broken.injector == "processes"] == ["look", "begin"]
    assert "f1 during" not in trial.said()


def test_healing_what_never_began_does_nothing(trial: Trial) -> None:
    assert trial.fault_driver.heal("f2") == ""
    assert trial.said() == []
