"""The fleet's two worlds: what a driver loads, and how the live crew waits, obeys its files and ends."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from gevent import GreenletExit

from deadair.fleet.process import gevent_runtime as gevent_crew
from deadair.fleet.process.fleet_plan import FleetPlan
from deadair.fleet.process.gevent_runtime import ControlFiles, GeventRuntime
from deadair.fleet.process.launch import read_load_status
from deadair.fleet.process.status_files import LoadStatus, load_go_path, load_status_path, load_stop_path
from deadair.fleet.request_outcome import Exchange
from deadair.fleet.runtime import Lag, Orders
from deadair.fleet.scheduler import WaitingScheduler
from deadair.history.recorder import MemoryRecorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.targets.target import Target

pytestmark = pytest.mark.live

FOREIGN = ("gevent", "geventhttpclient", "locust")
DRIVERS = (
    "devices.device_driver", "phones.phone_driver", "load.load_driver", "load.backlog", "load.overload", "fleet",
    "status_observer", "runtime", "request_outcome",
)  # fmt: skip
OTHERS = ("channels.fcm", "channels.pending_pushes", "process.launch", "phones.phone", "roster")


@pytest.fixture
def runtime(tmp_path: Path) -> GeventRuntime:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    load_go_path(folder, "f1").parent.mkdir(exist_ok=True)
    # What the crew itself needs of its orders is where the run lies.
    orders = Orders(folder, cast(Environment, None), cast(FleetPlan, None), Roster((), ()), cast(Target, None), "")
    return GeventRuntime(orders, MemoryRecorder("fleet", RunClock.starting_now(speed=60.0)))


def troubles(runtime: GeventRuntime) -> list[str]:
    table = cast(MemoryRecorder, runtime.recorder).table().to_pylist()
    return [row["detail"] for row in table if row["kind"] == str(Kind.TROUBLE)]


def test_neither_a_driver_nor_who_starts_the_fleet_loads_greenlets_or_patches_the_interpreter() -> None:
    modules = ", ".join(f"deadair.fleet.{module}" for module in (*DRIVERS, *OTHERS))
    look = f"import sys, {modules}; sys.exit(any(name in sys.modules for name in {FOREIGN}))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_crash_is_written_down_once_and_ends_the_process(runtime: GeventRuntime) -> None:
    def crash() -> None:
        raise RuntimeError("planted")

    runtime.spawn(crash)
    assert runtime.stopping.wait(5.0)
    runtime.guarded(crash)
    assert troubles(runtime) == ["fleet: RuntimeError: planted"]
    assert runtime.exit is Exit.HARNESS


def test_being_ended_is_no_crash(runtime: GeventRuntime) -> None:
    def end() -> None:
        raise GreenletExit

    with pytest.raises(GreenletExit):
        runtime.guarded(end)
    assert not runtime.stopping.is_set()
    assert troubles(runtime) == []


def test_far_too_much_at_once_is_refused(runtime: GeventRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gevent_crew, "IN_FLIGHT_MAX", 2)
    small = GeventRuntime(runtime.orders, runtime.recorder)
    small.spawn(small.pause, 60.0)
    small.spawn(small.pause, 60.0)
    with pytest.raises(HarnessError, match="under way at once"):
        small.spawn(small.pause, 60.0)
    small._greenlets.kill()


def test_at_the_end_what_soon_ends_may_end_and_the_rest_is_ended(runtime: GeventRuntime) -> None:
    ended: list[str] = []

    def stay(name: str, real_s: float) -> None:
        try:
            runtime.pause(real_s)
            ended.append(f"{name} by itself")
        except GreenletExit:
            ended.append(f"{name} was ended")
            raise

    for number in range(300):
        runtime.spawn(stay, "short", 0.1 + number / 1000)
    runtime.spawn(stay, "long", 60.0)
    runtime.pause(0.0)
    runtime.disband()
    assert runtime.stopping.is_set()
    assert ended == ["short by itself"] * 300 + ["long was ended"]
    assert troubles(runtime) == []


def test_the_end_does_not_wait_for_what_refuses_to_end(runtime: GeventRuntime) -> None:
    over = runtime.signal()

    def refuse() -> None:
        while not over.is_set():
            with suppress(GreenletExit):
                runtime.pause(0.01)

    runtime.spawn(refuse)
    runtime.pause(0.0)
    runtime.disband()
    assert not over.is_set()
    over.set()
    assert runtime._greenlets.join(timeout=5.0)


def test_an_agenda_hands_out_what_is_sooner_first_and_ends_with_its_signal(runtime: GeventRuntime) -> None:
    over = runtime.signal()
    agenda: WaitingScheduler[str] = runtime.scheduler(over)
    handed: list[str] = []

    def hand_out() -> None:
        for _, item in agenda.due():
            handed.append(item)
            if item == "second":
                over.set()

    agenda.add(runtime.clock.later_us(0.1), "second")
    agenda.add(runtime.clock.later_us(60.0), "never")
    runtime.spawn(hand_out)
    runtime.pause(0.0)
    agenda.add(runtime.clock.now_us(), "first")
    assert over.wait(5.0)
    assert handed == ["first", "second"]


def test_a_turnstile_lets_as_many_pass_as_were_let(runtime: GeventRuntime) -> None:
    turnstile, passed = runtime.turnstile(), runtime.turnstile()
    turnstile.release()

    def go_through() -> None:
        turnstile.acquire()
        passed.release()

    runtime.spawn(go_through)
    assert passed.acquire()
    runtime.spawn(go_through)
    turnstile.release()
    assert passed.acquire()


def control(runtime: GeventRuntime) -> ControlFiles:
    return runtime.load_control("f1")


def test_a_load_goes_when_its_file_is_there(runtime: GeventRuntime) -> None:
    runtime.spawn(load_go_path(runtime.orders.folder, "f1").touch)
    assert control(runtime).wait_go()


def test_a_process_that_ends_has_no_go_even_if_the_file_is_there(runtime: GeventRuntime) -> None:
    runtime.spawn(runtime.stopping.set)
    assert not control(runtime).wait_go()
    load_go_path(runtime.orders.folder, "f1").touch()
    assert not control(runtime).wait_go()


def test_a_load_is_over_when_its_time_is_up_when_told_to_stop_and_when_the_process_ends(runtime: GeventRuntime) -> None:
    clock = runtime.clock
    hour_us = clock.later_us(3600.0)
    soon_us = clock.later_us(0.05)
    control(runtime).wait_over(soon_us)
    assert soon_us <= clock.now_us() < hour_us
    runtime.spawn(load_stop_path(runtime.orders.folder, "f1").touch)
    control(runtime).wait_over(hour_us)
    load_stop_path(runtime.orders.folder, "f1").unlink()
    runtime.spawn(runtime.stopping.set)
    control(runtime).wait_over(hour_us)
    assert clock.now_us() < hour_us


def test_what_a_load_tells_is_in_its_status_file(runtime: GeventRuntime) -> None:
    status = LoadStatus(ready=True, offered=1, answered=2, accepted=3, done=False)
    control(runtime).tell(status)
    assert read_load_status(load_status_path(runtime.orders.folder, "f1")) == status


class StillClock(RunClock):
    """A run's clock that stands at ten real seconds."""

    def now_us(self) -> int:
        return int(10.0 * self.speed * 1e6)


def test_lag_is_in_real_milliseconds_and_forgets() -> None:
    lag = Lag(StillClock(0, 0, 60.0))
    assert lag.p99_ms() == 0.0
    lag.note(0, Exchange(60_000_000, 60_000_000))
    for sent_ms in range(9000, 9100):
        lag.note((sent_ms - 7) * 60_000, Exchange(sent_ms * 60_000, sent_ms * 60_000))
    assert lag.p99_ms() == 7.0
