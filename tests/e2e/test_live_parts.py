"""Ports, steady state, abort requests: the smaller parts of the live engine."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.engines.early_end import AbortedError, TroubleError, WallLimitError, request_abort, signals_as_requests
from deadair.engines.live import stop_conditions as conditions
from deadair.engines.live.free_ports import FreePorts, candidates
from deadair.engines.live.stop_conditions import StopConditions
from deadair.engines.steady_state import STEADY_FOR_US, SteadyState
from deadair.fleet.process.status_files import FleetStatus
from deadair.guardian import beat_path
from deadair.history.recorder import Recorder
from deadair.model.clock import Deadline, RunClock, pause
from tests.e2e.run_parts import RunParts
from tests.unit.fleets import well

pytestmark = pytest.mark.live

WELL = well(10)
READY = {"gateway": True}


# --- ports -----------------------------------------------------------------------------------------------------------


def test_a_reserved_port_is_nobody_elses_until_it_is_released() -> None:
    ports, others = FreePorts(), FreePorts()
    address = ports.reserve()
    assert all(others.reserve() != address for _ in range(20))
    with socket.socket() as taking, pytest.raises(OSError, match="in use"):
        taking.bind((address.host, address.port))
    ports.release(address)
    with socket.socket() as taking:
        taking.bind((address.host, address.port))
    ports.close()
    others.close()


def test_ports_lie_outside_the_kernels_own_range() -> None:
    low, high = (int(word) for word in Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    found = [port for port in candidates(12345) if port]
    assert found
    assert not [port for port in found if low <= port <= high]
    assert len(set(found)) == len(found)


def test_two_runs_begin_to_look_in_different_places() -> None:
    assert next(candidates(100)) != next(candidates(101))


# --- steady state ----------------------------------------------------------------------------------------------------


def test_two_minutes_of_calm_are_steady() -> None:
    calm = SteadyState()
    calm.note(0, WELL, READY)
    assert not calm.reached(STEADY_FOR_US - 1)
    assert calm.reached(STEADY_FOR_US)


@pytest.mark.parametrize(
    ("fleet", "nodes", "missing"),
    [
        (None, READY, "the fleet has reported nothing yet"),
        (WELL.model_copy(update={"fresh": 9}), READY, "no fresh reading on 1 of 10 phones"),
        (WELL.model_copy(update={"presenting": 2}), READY, "an alarm or a notice on 2 phones"),
        (WELL, {"gateway": True, "notifier": False}, "not ready: notifier"),
    ],
)
def test_whatever_is_amiss_begins_the_wait_anew(
    fleet: FleetStatus | None, nodes: dict[str, bool], missing: str
) -> None:
    calm = SteadyState()
    calm.note(0, WELL, READY)
    calm.note(STEADY_FOR_US // 2, fleet, nodes)
    assert missing in calm.missing
    calm.note(STEADY_FOR_US, WELL, READY)
    assert not calm.reached(2 * STEADY_FOR_US - 1)
    assert calm.reached(2 * STEADY_FOR_US)


# --- oversight -------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as made:
        yield made


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    made = RunParts(tmp_path / "run")
    yield made
    made.close()


def overseen(parts: RunParts, recorder: Recorder, *, wall_s: float = 60.0) -> StopConditions:
    return StopConditions(parts.folder, recorder, parts.spawn("guardian"), wall=Deadline.after(wall_s))


def test_all_well_raises_nothing(parts: RunParts, recorder: Recorder) -> None:
    stop_conditions = overseen(parts, recorder)
    stop_conditions.watch(parts.spawn("gateway"))
    stop_conditions.check()


def test_a_request_aborts_also_when_the_guardian_is_dead(parts: RunParts, recorder: Recorder) -> None:
    stop_conditions = overseen(parts, recorder)
    parts.processes[0].identity.kill()
    parts.processes[0].handle.wait(5)
    request_abort(parts.folder, "enough")
    request_abort(parts.folder, "too late")
    with pytest.raises(AbortedError, match=r"^enough$"):
        stop_conditions.check()


def test_a_dead_guardian_is_trouble(parts: RunParts, recorder: Recorder) -> None:
    stop_conditions = overseen(parts, recorder)
    parts.processes[0].identity.kill()
    parts.processes[0].handle.wait(5)
    with pytest.raises(TroubleError, match="guardian died"):
        stop_conditions.check()


def test_a_guardian_that_hangs_is_trouble_within_three_seconds(parts: RunParts, recorder: Recorder) -> None:
    stop_conditions, beats = overseen(parts, recorder), beat_path(parts.folder)
    beats.touch()
    limit, beating = Deadline.after(10), Deadline.after(4)
    while not beating.passed():
        beats.touch()
        stop_conditions.check()
        pause(0.05)
    hung = Deadline.after(3)
    with pytest.raises(TroubleError, match="the guardian has stood still"):
        while not limit.passed():
            stop_conditions.check()
            pause(0.05)
    assert not hung.passed()


def test_a_runner_that_stood_still_does_not_say_that_the_guardian_did(
    parts: RunParts, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "GUARDIAN_BEATS_S", 0.3)
    monkeypatch.setattr(conditions, "AWAY_S", 0.2)
    stop_conditions = overseen(parts, recorder)
    beat_path(parts.folder).touch()
    stop_conditions.check()
    pause(0.5)
    stop_conditions.check()


def test_a_process_that_ends_by_itself_is_trouble_unless_a_fault_killed_it(parts: RunParts, recorder: Recorder) -> None:
    stop_conditions = overseen(parts, recorder)
    node = parts.spawn("gateway")
    stop_conditions.watch(node)
    node.identity.kill()
    node.handle.wait(5)
    stop_conditions.expected_dead = {"gateway"}
    stop_conditions.check()
    stop_conditions.expected_dead = set()
    with pytest.raises(TroubleError, match=r"gateway ended by itself \(signal 9\)"):
        stop_conditions.check()


def test_beyond_the_wall_limit_is_an_error(parts: RunParts, recorder: Recorder) -> None:
    with pytest.raises(WallLimitError, match="wall limit"):
        overseen(parts, recorder, wall_s=0.0).check()


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_signals_become_requests(parts: RunParts, number: signal.Signals, said: str) -> None:
    before = signal.getsignal(number)
    with signals_as_requests(parts.folder):
        os.kill(os.getpid(), number)
        assert said in parts.folder.abort_request.read_text()
    assert signal.getsignal(number) == before


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Whoever started the tests in the background may have let Ctrl-C be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_where_nothing_has_to_be_healed_a_second_ctrl_c_ends_the_run_at_once(parts: RunParts) -> None:
    with pytest.raises(KeyboardInterrupt), signals_as_requests(parts.folder, insistent=True):
        signal.raise_signal(signal.SIGINT)
        assert parts.folder.abort_request.read_text() == "Ctrl-C"
        signal.raise_signal(signal.SIGINT)
