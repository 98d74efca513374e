"""A runner that dies by SIGKILL leaves nothing behind, and an abort heals a real link."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.engines.live.free_ports import FreePorts
from deadair.guardian import beat_path, healed_path
from deadair.injectors.processes import find, stop
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError, ScenarioError
from deadair.rescue import abort, heal
from tests.e2e.proxied_echo import FREEZE, PLACE, start
from tests.e2e.run_parts import RunParts, bystander

pytestmark = pytest.mark.live

LEFT_LIMIT_S = 3.0


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    made = RunParts(tmp_path / "reports" / "scenario" / "run")
    yield made
    made.close()


def start_guardian(parts: RunParts) -> None:
    parts.spawn("guardian", [sys.executable, "-m", "deadair.guardian", str(parts.folder.root)])
    limit = Deadline.after(15)
    while ledger.newest(ledger.read(parts.folder.ledger), "guardian") is None:
        assert not limit.passed(), (parts.folder.logs / "guardian.log").read_text()
        pause(0.02)


def wait_for_nothing(parts: RunParts) -> float:
    """Return how long it took until no process of the run was left."""
    limit = Deadline.after(LEFT_LIMIT_S + 5)
    while find(parts.run_id) and not limit.passed():
        pause(0.02)
    return LEFT_LIMIT_S + 5 - limit.left_s()


def test_a_killed_runner_leaves_no_process_and_no_guardian(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        start_guardian(parts)
        toxiproxy, _, processes = start(parts.folder.logs, parts.run_id, FreePorts(), PLACE)
        parts.processes += processes
        toxiproxy.close()
        parts.ledger.write_break("break", "f1", FREEZE)
        assert len(find(parts.run_id)) == 3
        runner.kill()
        assert wait_for_nothing(parts) <= LEFT_LIMIT_S
    assert ledger.open_breaks(ledger.read(parts.folder.ledger)) == ()
    assert heal(parts.folder.root.parents[1]).lines == ("nothing is left to heal",)


def test_a_runner_killed_before_its_guardian_is_up_leaves_nothing(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        parts.spawn("guardian", [sys.executable, "-m", "deadair.guardian", str(parts.folder.root)])
        parts.spawn()
        runner.kill()
        assert wait_for_nothing(parts) <= LEFT_LIMIT_S


def test_an_abort_heals_a_real_link(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        start_guardian(parts)
        toxiproxy, _, processes = start(parts.folder.logs, parts.run_id, FreePorts(), PLACE)
        parts.processes += processes
        parts.ledger.write("control", injector="toxiproxy", address=toxiproxy.control.model_dump())
        parts.ledger.write_break("break", "f1", FREEZE)
        toxiproxy.begin(FREEZE)
        healing = abort(parts.folder, "enough", limit_s=2.0)
        assert healing.lines[0].startswith("1 of 1 break healed in")
        assert healing.whole
        assert toxiproxy.healed(FREEZE)
        assert healed_path(parts.folder).exists()
        parts.ledger.write("end", reason="done")
        stop(processes, limit_s=5)
        toxiproxy.close()
        assert wait_for_nothing(parts) <= LEFT_LIMIT_S


def test_a_guardian_shows_that_it_watches(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        start_guardian(parts)
        limit, seen = Deadline.after(5), set[int]()
        while len(seen) < 4:
            assert not limit.passed()
            seen.add(beat_path(parts.folder).stat().st_mtime_ns)
            pause(0.02)
        parts.ledger.write("end", reason="done")
        assert wait_for_nothing(parts) <= LEFT_LIMIT_S


def test_heal_ends_what_a_killed_runner_and_a_hanging_guardian_left(parts: RunParts) -> None:
    """Nine processes stayed."""
    with bystander() as runner:
        parts.runner_is(runner)
        start_guardian(parts)
        guardian, node = parts.processes[0], parts.spawn()
        guardian.identity.send(signal.SIGSTOP)
        runner.kill()
        runner.wait()
        assert "0 of 0 breaks healed, 2 processes ended" in heal(parts.folder.root.parents[1]).lines[0]
    assert (guardian.ended(), node.ended()) == (-9, -9)
    assert find(parts.run_id) == ()


def test_a_hanging_guardian_does_its_work_once_it_goes_on(parts: RunParts) -> None:
    with bystander() as runner:
        parts.runner_is(runner)
        start_guardian(parts)
        parts.spawn()
        parts.processes[0].identity.send(signal.SIGSTOP)
        runner.kill()
        runner.wait()
        pause(0.5)
        assert len(find(parts.run_id)) == 2
        parts.processes[0].identity.send(signal.SIGCONT)
        assert wait_for_nothing(parts) <= LEFT_LIMIT_S


def test_heal_cleans_up_when_the_guardian_died_too(parts: RunParts) -> None:
    reports = parts.folder.root.parents[1]
    with bystander() as runner:
        parts.runner_is(runner)
        node = parts.spawn()
        parts.ledger.write_break("break", "f1", FREEZE)
        assert "still running" in heal(reports).lines[0]
    assert "1 of 1 break healed, 1 process ended" in heal(reports).lines[0]
    assert node.ended() == -9
    assert heal(reports).lines == ("nothing is left to heal",)


def test_nobody_can_abort_what_does_not_run(parts: RunParts) -> None:
    parts.runner_is(None)
    with pytest.raises(HarnessError, match="nobody runs this any more"):
        abort(parts.folder, "enough", limit_s=1.0)
    parts.ledger.write("end", reason="done")
    with pytest.raises(ScenarioError, match="has ended"):
        abort(parts.folder, "enough", limit_s=1.0)
    assert not parts.folder.abort_request.exists()
