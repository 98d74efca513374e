"""What is done to runs from outside says what it came to: an abort, and healing after dead runners."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.cli import command
from deadair.guardian import Guardian, HealersLedger
from deadair.injectors import catalogue
from deadair.injectors.injector import Break
from deadair.injectors.injector_entry import InjectorEntry
from deadair.injectors.noop import Noop
from deadair.model.errors import ScenarioError
from deadair.model.verdict import Exit
from deadair.rescue import Healing, abort, heal
from tests.e2e.run_parts import RunParts, bystander

pytestmark = pytest.mark.live

NOTHING = Break("noop", "nothing", "gateway")
KILL = Break("processes", "kill", "processor")
DROP = Break("firewall", "drop", "watchdog")
ADVICE = "undo it by hand, or run `deadair heal` with the version of deadair that broke it"
UNKNOWN = (
    "f3: drop watchdog (this version has no injector 'firewall'; "
    "it has delays, load, noop, pauses, processes, provider, toxiproxy)"
)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    made = RunParts(tmp_path / "calm" / "1")
    yield made
    made.close()


def aborted(parts: RunParts, *breaks: Break) -> Healing:
    """Abort a run with these breaks, which a guardian watches. Its runner never ends by itself."""
    for number, broken in enumerate(breaks, start=1):
        parts.ledger.write_break("break", f"f{number}", broken)
    with bystander() as runner:
        parts.runner_is(runner)
        writing = HealersLedger(parts.folder.ledger, by="guardian", clock=parts.clock)
        guardian = threading.Thread(target=Guardian(parts.folder, parts.environment, writing).guard)
        guardian.start()
        try:
            return abort(parts.folder, "enough", limit_s=10.0)
        finally:
            runner.kill()
            runner.wait()
            guardian.join(20)
            writing.close()


def test_an_abort_says_how_many_breaks_are_healed(parts: RunParts) -> None:
    healing = aborted(parts, NOTHING)
    assert healing.whole
    assert healing.lines[0].startswith("1 of 1 break healed in 0.")
    assert healing.lines[0].endswith(" s")


def test_an_abort_does_not_call_a_dead_node_healed(parts: RunParts) -> None:
    healing = aborted(parts, NOTHING, KILL)
    assert healing.whole
    assert healing.lines[0].startswith("1 of 2 breaks healed in ")
    assert healing.lines[0].endswith("; ends with the run: f2: kill processor")


def test_an_abort_names_what_is_not_healed_and_says_what_to_do(parts: RunParts) -> None:
    healing = aborted(parts, NOTHING, KILL, DROP)
    assert not healing.whole
    (line,) = healing.lines
    assert line.startswith("1 of 3 breaks healed in 0.")
    assert line.endswith(f" s; ends with the run: f2: kill processor; not healed: {UNKNOWN}; {ADVICE}")


def test_an_abort_says_why_everything_was_stopped(parts: RunParts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.load_switch.TAKE_LIMIT_S", 0.02)
    monkeypatch.setattr("deadair.healing.HEAL_LIMIT_S", 0.05)
    (parts.folder.abort_request.parent / "f1.go").touch()
    healing = aborted(parts, Break("load", "overload", "gateway", {"wanted_per_s": 1.0}), KILL)
    assert healing.whole
    why = "f1: overload gateway (gateway is still broken 0.05 s later)"
    assert healing.lines[0].startswith("2 of 2 breaks healed in 0.")
    assert healing.lines[0].endswith(f" s, stopped everything, for {why}")


def test_abort_ends_with_another_code_when_not_all_is_healed(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.folder.scenario.write_text("name: calm\n")
    monkeypatch.setattr("deadair.rescue.abort", lambda folder, reason, limit_s: Healing(("0 of 1",), whole=False))
    assert command(["abort", str(parts.folder.root)]) == Exit.HARNESS
    assert capsys.readouterr().out == "0 of 1\n"


def test_heal_names_what_is_not_healed_until_somebody_can_heal_it(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = parts.folder.root.parents[1]
    parts.runner_is(None)
    node = parts.spawn()
    for number, broken in enumerate((NOTHING, KILL, DROP), start=1):
        parts.ledger.write_break("break", f"f{number}", broken)
    assert command(["heal", "--reports", str(reports)]) == Exit.HARNESS
    assert node.ended() == -9
    said = f"{parts.folder.root}: 2 of 3 breaks healed, 1 process ended; not healed: {UNKNOWN}; {ADVICE}\n"
    assert capsys.readouterr().out == said
    lines = ledger.read(parts.folder.ledger)
    assert [(fault_id, broken.injector) for fault_id, broken in ledger.open_breaks(lines)] == [("f3", "firewall")]
    assert ledger.newest(lines, "end") is None
    assert command(["heal", "--reports", str(reports)]) == Exit.HARNESS
    assert "0 of 1 break healed, 0 processes ended; not healed: f3" in capsys.readouterr().out
    known = InjectorEntry("firewall", ("drop",), None, None, undo=lambda run, fault_id: Noop(), ends_with_run=False)
    monkeypatch.setattr(catalogue, "INJECTORS", (*catalogue.INJECTORS, known))
    assert command(["heal", "--reports", str(reports)]) == Exit.PASS
    assert "1 of 1 break healed, 0 processes ended\n" in capsys.readouterr().out
    assert heal(reports).lines == ("nothing is left to heal",)


def test_where_nothing_ran_nothing_is_left_to_heal(tmp_path: Path) -> None:
    assert heal(tmp_path / "nowhere").lines == ("nothing is left to heal",)


def test_a_place_that_is_no_folder_has_not_been_healed(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(ScenarioError, match="reports: not a folder"):
        heal(tmp_path / "reports")


@pytest.mark.parametrize("pid", ["1e400", "null", '"x"'])
def test_a_run_with_absurd_numbers_keeps_no_other_from_being_healed(tmp_path: Path, pid: str) -> None:
    (tmp_path / "calm" / "1").mkdir(parents=True)
    strange = f'{{"by": "x", "seq": 0, "at_us": 0, "what": "runner", "pid": {pid}, "start_ticks": 1}}\n'
    (tmp_path / "calm" / "1" / "ledger.jsonl").write_text(strange)
    parts, clockless = RunParts(tmp_path / "calm" / "3"), RunParts(tmp_path / "calm" / "2")
    for each in (parts, clockless):
        each.runner_is(None)
    said = json.loads(clockless.folder.environment.read_text())
    clockless.folder.environment.write_text(json.dumps({**said, "clock": {}}))
    node = parts.spawn()
    healing = heal(tmp_path)
    assert node.ended() == -9
    assert [line.partition(": ")[0] for line in healing.lines] == [
        str(tmp_path / "calm" / number) for number in ("3", "1", "2")
    ]
    assert not healing.whole
    parts.close()
    clockless.close()


def test_a_run_that_cannot_be_read_keeps_no_other_from_being_healed(tmp_path: Path) -> None:
    (tmp_path / "calm" / "1" / "ledger.jsonl").mkdir(parents=True)
    (tmp_path / "calm" / "2").mkdir()
    (tmp_path / "calm" / "2" / "ledger.jsonl").write_text("[" * 100_000)
    parts = RunParts(tmp_path / "calm" / "3")
    parts.runner_is(None)
    node = parts.spawn()
    healing = heal(tmp_path)
    assert node.ended() == -9
    assert [line.partition(": ")[0] for line in healing.lines] == [
        str(tmp_path / "calm" / number) for number in ("3", "1", "2")
    ]
    assert not healing.whole
    parts.close()
