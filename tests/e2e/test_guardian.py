"""The guardian heals what the ledger says, and leaves nothing of a run whose runner is dead."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deadair import ledger
from deadair.guardian import Guardian, HealersLedger, healed_path, main
from deadair.healing import Healer, HealingOutcome, OpenBreak
from deadair.injectors.injector import Break, Look
from deadair.injectors.load_switch import LOAD
from deadair.injectors.processes import Identity, find
from deadair.model.errors import HarnessError
from deadair.model.verdict import Exit
from tests.e2e.run_parts import RunParts, bystander

pytestmark = pytest.mark.live

FLOOD = Break("load", "overload", "gateway", {"wanted_per_s": 1.0})
KILL = Break("processes", "kill", "watchdog")
ENDS_WHEN_HEALED = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    made = RunParts(tmp_path)
    yield made
    made.close()


def guard(parts: RunParts) -> tuple[ledger.Line, ...]:
    writing = HealersLedger(parts.folder.ledger, by="guardian", clock=parts.clock)
    Guardian(parts.folder, parts.environment, writing).guard()
    writing.close()
    return ledger.read(parts.folder.ledger)


def test_it_goes_when_the_run_has_ended(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        parts.ledger.write("end", reason="done")
        assert [line.what for line in guard(parts)] == ["runner", "end", "guardian"]


def test_a_dead_runner_leaves_no_process_and_no_open_break(parts: RunParts) -> None:
    parts.runner_is(None)
    parts.ledger.write_break("break", "f1", FLOOD)
    nodes = [parts.spawn(), parts.spawn("other")]
    with bystander() as stranger:
        lines = guard(parts)
        assert stranger.poll() is None
    assert [node.ended() for node in nodes] == [-9, -9]
    assert find(parts.run_id) == ()
    assert ledger.open_breaks(lines) == ()
    end = ledger.newest(lines, "end")
    assert end is not None
    assert end.said["reason"] == "the runner died"


def test_the_children_of_a_process_are_found_by_its_marker(parts: RunParts) -> None:
    parts.runner_is(None)
    parent = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    process = parts.spawn("parent", [sys.executable, "-c", parent])
    process.handle.wait(10)
    assert len(find(parts.run_id)) == 1
    guard(parts)
    assert find(parts.run_id) == ()


def test_an_abort_heals_and_tells_the_runner(parts: RunParts) -> None:
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", FLOOD)
        parts.ledger.write_break("break", "f2", KILL)
        parts.folder.abort_request.write_text("enough")
        lines = guard(parts)
    assert (parts.folder.abort_request.parent / "f1.stop").exists()
    assert [(line.what, line.said.get("fault")) for line in lines if line.by == "guardian"] == [
        ("guardian", None),
        ("heal", "f1"),
        ("healed", "f1"),
        ("abort", None),
        ("healed", "f2"),
        ("end", None),
    ]
    abort = ledger.newest(lines, "abort")
    assert abort is not None
    assert abort.said["reason"] == "enough"
    assert (abort.said["breaks"], abort.said["healed"], abort.said["how"]) == (2, 1, "healed")
    assert (abort.said["ends_with_run"], abort.said["not_healed"]) == (["f2: kill watchdog"], [])
    (by_ending,) = [line for line in lines if line.what == "healed" and line.said["fault"] == "f2"]
    assert by_ending.said["by_ending"] == "the processes it was in"
    assert abort.said["real_s"] < 2


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (Break("firewall", "drop", "watchdog"), "this version has no injector 'firewall'; it has delays, load, noop, "),
        (Break("pauses", "explode", "watchdog"), "the injector 'pauses' cannot 'explode'; it can stop"),
    ],
)
def test_an_abort_calls_nothing_healed_that_it_does_not_know(parts: RunParts, broken: Break, why: str) -> None:
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", FLOOD)
        parts.ledger.write_break("break", "f2", broken)
        node = parts.spawn()
        parts.folder.abort_request.write_text("enough")
        lines = guard(parts)
    assert node.ended() == -9
    assert ledger.open_breaks(lines) == (("f2", broken),)
    assert (ledger.why_not_healed(lines, "f2", broken) or "").startswith(why)
    assert ledger.newest(lines, "end") is None
    abort = ledger.newest(lines, "abort")
    assert abort is not None
    assert (abort.said["breaks"], abort.said["healed"]) == (2, 1)
    assert abort.said["not_healed"][0].startswith(f"f2: {broken.action} watchdog ({why}")
    assert abort.said["how"] == "not all healed"


def test_a_dead_runner_leaves_what_nobody_knows_not_healed(parts: RunParts) -> None:
    """The line is whole, so the deed may have been done; it cannot be read, so nobody can undo it."""
    parts.runner_is(None)
    parts.ledger.write_break("break", "f1", FLOOD)
    parts.ledger.write("break", fault="f2", **{"break": {"injector": "toxiproxy", "action": "freeze", "until": 5}})
    lines = guard(parts)
    assert [fault_id for fault_id, _ in ledger.open_breaks(lines)] == ["f2"]
    assert [line.said["fault"] for line in lines if line.what == "not_healed"] == ["f2"]
    assert ledger.newest(lines, "end") is None


def test_what_outlives_its_processes_is_undone_after_them(parts: RunParts, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a rule of a firewall would: killing everything does not take it back."""
    injector = BeingMade(0)
    outlasting = replace(LOAD, undo=lambda run, fault_id: injector, ends_with_run=False)
    monkeypatch.setattr("deadair.healing.entry_of", lambda broken: outlasting)
    parts.runner_is(None)
    parts.ledger.write_break("break", "f1", FLOOD)
    lines = guard(parts)
    assert not injector.broken
    assert [line.what for line in lines[3:]] == ["heal", "healed", "end"]


def test_what_ends_with_its_processes_is_not_healed_while_one_of_them_lives(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.runner_is(None)
    parts.ledger.write_break("break", "f1", FLOOD)
    monkeypatch.setattr("deadair.healing.kill_all", lambda *_, **__: (Identity(77, 1),))
    with pytest.raises(HarnessError, match="77"):
        guard(parts)
    lines = ledger.read(parts.folder.ledger)
    assert ledger.open_breaks(lines) == (("f1", FLOOD),)
    assert ledger.why_not_healed(lines, "f1", FLOOD) == "the processes 77 of its run cannot be ended"
    assert ledger.newest(lines, "end") is None


class BeingMade:
    """An injector whose break is made once more by the runner, just after it was healed for the first time."""

    def __init__(self, makings: int) -> None:
        self.makings = makings
        self.broken = True

    def begin(self, broken: Break) -> None:
        self.broken = True

    def look(self, broken: Break) -> Look:
        return Look({})

    def heal(self, broken: Break) -> None:
        self.broken = self.makings > 0
        self.makings -= 1

    def healed(self, broken: Break) -> bool:
        return not self.broken


@pytest.mark.parametrize(("makings", "how"), [(1, "healed"), (10**9, "stopped everything")])
def test_an_abort_that_meets_a_break_being_made_heals_it_again_within_a_limit(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch, makings: int, how: str
) -> None:
    injector = BeingMade(makings)
    monkeypatch.setattr("deadair.healing.entry_of", lambda broken: replace(LOAD, undo=lambda run, fault_id: injector))
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", FLOOD)
        parts.folder.abort_request.write_text("enough")
        abort = ledger.newest(guard(parts), "abort")
    assert abort is not None
    assert abort.said["how"].startswith(how)
    assert abort.said["real_s"] < 2


@pytest.mark.parametrize("address", [{"host": "127.0.0.1", "port": 1}, {"port": 1e400}, None])
def test_a_break_that_cannot_be_healed_for_whatever_reason_ends_everything(parts: RunParts, address: object) -> None:
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", Break("toxiproxy", "freeze", "uplink[south]"))
        parts.ledger.write("control", injector="toxiproxy", address=address)
        node = parts.spawn()
        parts.folder.abort_request.write_text("enough")
        lines = guard(parts)
    assert node.ended() == -9
    assert ledger.open_breaks(lines) == ()
    abort = ledger.newest(lines, "abort")
    assert abort is not None
    assert "stopped everything" in abort.said["how"]


def test_a_run_beyond_its_wall_limit_is_ended_and_its_runner_too(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deadair.guardian.WALL_SLACK_S", -60.0)
    monkeypatch.setattr("deadair.guardian.RUNNER_ENDS_S", 0.3)
    node = parts.spawn()
    with bystander() as runner:
        parts.runner_is(runner)
        lines = guard(parts)
        assert runner.wait(5) == -9
    assert node.ended() == -9
    end = ledger.newest(lines, "end")
    assert end is not None
    assert "did not end in time" in end.said["reason"]


def test_without_a_runner_to_watch_it_does_not_pretend(parts: RunParts) -> None:
    with pytest.raises(HarnessError, match="names no runner"):
        guard(parts)


def test_what_the_runner_could_not_end_is_tried_once_more(parts: RunParts) -> None:
    node = parts.spawn()
    with bystander() as runner:
        parts.runner_is(runner)
        parts.ledger.write("left", pids=[node.identity.pid])
        lines = guard(parts)
        assert runner.poll() is None
    assert node.ended() == -9
    end = ledger.newest(lines, "end")
    assert end is not None
    assert "left processes" in end.said["reason"]


def refuse(file: int, text: bytes) -> int:
    raise OSError(errno.ENOSPC, "no space left")


def test_a_full_disk_keeps_no_abort_from_being_healed_and_told(
    parts: RunParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    healed: list[tuple[OpenBreak, ...]] = []
    undo = Healer.undo

    def counted(self: Healer, breaks: tuple[OpenBreak, ...]) -> HealingOutcome:
        healed.append(breaks)
        return undo(self, breaks)

    monkeypatch.setattr(Healer, "undo", counted)
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", FLOOD)
        parts.folder.abort_request.write_text("enough")
        node = parts.spawn()
        monkeypatch.setattr("deadair.ledger.os.write", refuse)
        lines = guard(parts)
        assert runner.wait(5) == 0
    assert (parts.folder.abort_request.parent / "f1.stop").exists()
    assert healed == [(("f1", FLOOD),)]
    assert node.ended() == -9
    assert {line.by for line in lines} == {"runner"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [(None, "the guardian could not do its work: "), ("{", "the guardian could not do its work: ValidationError: ")],
)
def test_its_log_begins_with_a_sentence_whatever_is_wrong(
    parts: RunParts, environment: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if environment is None:
        parts.folder.environment.unlink()
    else:
        parts.folder.environment.write_text(environment)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        assert main([str(parts.folder.root)]) == Exit.HARNESS
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert capsys.readouterr().err.startswith(said)
