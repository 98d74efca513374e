"""Ports, steady state, probes, abort requests: the smaller parts of the live engine."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines.early_end import AbortedError, TroubleError, WallLimitError, request_abort, signals_as_requests
from deadair.engines.live import stop_conditions as conditions
from deadair.engines.live.free_ports import FreePorts, candidates
from deadair.engines.live.stop_conditions import StopConditions
from deadair.engines.probes import Probes
from deadair.engines.steady_state import STEADY_FOR_US, SteadyState
from deadair.fleet.process.status_files import FleetStatus
from deadair.guardian import beat_path
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.target import Site, Target
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


# --- probes ----------------------------------------------------------------------------------------------------------


class Asked:
    """A target that answers as it is told to."""

    nodes = ("gateway", "processor")

    def __init__(self) -> None:
        self.up = True
        self.asked: list[str] = []

    def ready(self, node: str, site: Site) -> bool:
        self.asked.append(node)
        return self.up

    def backlog(self, site: Site) -> int:
        if not self.up:
            raise HarnessError("no answer")
        return 0

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        if patient:
            raise HarnessError("no answer")
        return (Reading(1_000, 100), Reading(1_000, 100))


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as made:
        yield made


def rows(recorder: Recorder, folder: Path, kind: Kind) -> list[tuple[object, ...]]:
    recorder.flush()
    found = read(folder).of(kind).select("place", "patient", "outcome", "value")
    return list(found.iter_rows())


def test_readiness_is_told_on_change(recorder: Recorder, tmp_path: Path) -> None:
    target = Asked()
    probes = Probes(cast(Target, target), cast(Site, None), recorder)
    for up in (True, True, False, False, True):
        target.up = up
        probes.ask_node("gateway")
    assert [row[2] for row in rows(recorder, tmp_path, Kind.READY)] == ["ok", "fail", "ok"]


def test_nothing_is_asked_when_a_step_is_near(recorder: Recorder) -> None:
    target = Asked()
    probes = Probes(cast(Target, target), cast(Site, None), recorder)
    probes.ask(room_s=0.01)
    assert target.asked == []
    probes.ask(room_s=5.0)
    assert target.asked == ["gateway"]


def test_a_backlog_that_cannot_be_asked_is_no_number(recorder: Recorder, tmp_path: Path) -> None:
    target = Asked()
    probes = Probes(cast(Target, target), cast(Site, None), recorder)
    assert probes.ask_backlog() == 0
    target.up = False
    assert probes.ask_backlog() is None
    assert [row[2:] for row in rows(recorder, tmp_path, Kind.BACKLOG)] == [("ok", 0), ("info", None)]


def test_every_patient_is_asked_for_and_doubles_are_kept(recorder: Recorder, tmp_path: Path) -> None:
    probes = Probes(cast(Target, Asked()), cast(Site, None), recorder)
    probes.ask_stored(Roster((Device(0, "rest", "a", 0.0), Device(1, "rest", "b", 0.0)), ()), recorder.tick)
    assert [row[1:] for row in rows(recorder, tmp_path, Kind.STORED)] == [(0, None, 100), (0, None, 100)]
    assert [row[1:] for row in rows(recorder, tmp_path, Kind.STORED_PROBED)] == [(0, "ok", 2), (1, "info", None)]


# --- oversight -------------------------------------------------------------------------------------------------------


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


def test_where_nothing_has_to_be_healed_a_second_ctrl_c_ends_the_run_at_once(parts: RunParts) -> None:
    with pytest.raises(KeyboardInterrupt), signals_as_requests(parts.folder, insistent=True):
        signal.raise_signal(signal.SIGINT)
        assert parts.folder.abort_request.read_text() == "Ctrl-C"
        signal.raise_signal(signal.SIGINT)
