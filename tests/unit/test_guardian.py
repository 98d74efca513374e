"""The guardian heals what the ledger says, and leaves nothing of a run whose runner is dead."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.guardian import Guardian, HealersLedger, healed_path
from deadair.injectors.injector import Break, Look
from deadair.injectors.processes import find
from deadair.model.errors import HarnessError
from tests.unit.run_parts import RunParts, bystander

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
        ("healed", "f2"),
        ("abort", None),
        ("end", None),
    ]
    abort = ledger.newest(lines, "abort")
    assert abort is not None
    assert abort.said["reason"] == "enough"
    assert abort.said["real_s"] < 2


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
    monkeypatch.setattr(Guardian, "_injector", lambda *_: injector)
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
    healed: list[str] = []
    heal = Guardian._heal

    def counted(self: Guardian, fault_id: str, broken: Break) -> None:
        healed.append(fault_id)
        heal(self, fault_id, broken)

    monkeypatch.setattr(Guardian, "_heal", counted)
    with bystander([sys.executable, "-c", ENDS_WHEN_HEALED, str(healed_path(parts.folder))]) as runner:
        parts.runner_is(runner)
        parts.ledger.write_break("break", "f1", FLOOD)
        parts.folder.abort_request.write_text("enough")
        node = parts.spawn()
        monkeypatch.setattr("deadair.ledger.os.write", refuse)
        lines = guard(parts)
        assert runner.wait(5) == 0
    assert (parts.folder.abort_request.parent / "f1.stop").exists()
    assert healed == ["f1"]
    assert node.ended() == -9
    assert {line.by for line in lines} == {"runner"}
