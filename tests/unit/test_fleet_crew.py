"""The fleet's two worlds: what a driver loads, and how the live crew waits, obeys its files and ends."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from deadair.fleet import gevent_crew
from deadair.fleet.clockwork import WaitingAgenda
from deadair.fleet.crew import Lag, Orders
from deadair.fleet.exchange import Exchange
from deadair.fleet.gevent_crew import ControlFiles, GeventCrew
from deadair.fleet.launch import read_load_status
from deadair.fleet.plan import FleetPlan
from deadair.fleet.status import LoadStatus, load_go_path, load_status_path, load_stop_path
from deadair.history.recorder import MemoryRecorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.targets.base import Target
from gevent import GreenletExit

pytestmark = pytest.mark.live

FOREIGN = ("gevent", "geventhttpclient", "locust")
DRIVERS = ("uplink", "downlink", "load", "backlog", "overload", "party", "status_observer", "crew", "exchange")
OTHERS = ("fcm", "launch", "mailbox", "phone", "roster")


@pytest.fixture
def crew(tmp_path: Path) -> GeventCrew:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    load_go_path(folder, "f1").parent.mkdir(exist_ok=True)
    # What the crew itself needs of its orders is where the run lies.
    orders = Orders(folder, cast(Environment, None), cast(FleetPlan, None), Roster((), ()), cast(Target, None), "")
    return GeventCrew(orders, MemoryRecorder("fleet", RunClock.starting_now(speed=60.0)))


def troubles(crew: GeventCrew) -> list[str]:
    table = cast(MemoryRecorder, crew.recorder).table().to_pylist()
    return [row["detail"] for row in table if row["kind"] == str(Kind.TROUBLE)]


def test_neither_a_driver_nor_who_starts_the_fleet_loads_greenlets_or_patches_the_interpreter() -> None:
    modules = ", ".join(f"deadair.fleet.{module}" for module in (*DRIVERS, *OTHERS))
    look = f"import sys, {modules}; sys.exit(any(name in sys.modules for name in {FOREIGN}))"
    assert subprocess.run([sys.executable, "-c", look], check=False, timeout=60).returncode == 0


def test_a_crash_is_written_down_once_and_ends_the_process(crew: GeventCrew) -> None:
    def crash() -> None:
        raise RuntimeError("planted")

    crew.spawn(crash)
    assert crew.stopping.wait(5.0)
    crew.guarded(crash)
    assert troubles(crew) == ["fleet: RuntimeError: planted"]
    assert crew.exit is Exit.HARNESS


def test_being_ended_is_no_crash(crew: GeventCrew) -> None:
    def end() -> None:
        raise GreenletExit

    with pytest.raises(GreenletExit):
        crew.guarded(end)
    assert not crew.stopping.is_set()
    assert troubles(crew) == []


def test_far_too_much_at_once_is_refused(crew: GeventCrew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gevent_crew, "IN_FLIGHT_MAX", 2)
    small = GeventCrew(crew.orders, crew.recorder)
    small.spawn(small.pause, 60.0)
    small.spawn(small.pause, 60.0)
    with pytest.raises(HarnessError, match="under way at once"):
        small.spawn(small.pause, 60.0)
    small._greenlets.kill()


def test_at_the_end_what_soon_ends_may_end_and_the_rest_is_ended(crew: GeventCrew) -> None:
    ended: list[str] = []

    def stay(name: str, real_s: float) -> None:
        try:
            crew.pause(real_s)
            ended.append(f"{name} by itself")
        except GreenletExit:
            ended.append(f"{name} was ended")
            raise

    for number in range(300):
        crew.spawn(stay, "short", 0.1 + number / 1000)
    crew.spawn(stay, "long", 60.0)
    crew.pause(0.0)
    crew.disband()
    assert crew.stopping.is_set()
    assert ended == ["short by itself"] * 300 + ["long was ended"]
    assert troubles(crew) == []


def test_the_end_does_not_wait_for_what_refuses_to_end(crew: GeventCrew) -> None:
    over = crew.signal()

    def refuse() -> None:
        while not over.is_set():
            with suppress(GreenletExit):
                crew.pause(0.01)

    crew.spawn(refuse)
    crew.pause(0.0)
    crew.disband()
    assert not over.is_set()
    over.set()
    assert crew._greenlets.join(timeout=5.0)


def test_an_agenda_hands_out_what_is_sooner_first_and_ends_with_its_signal(crew: GeventCrew) -> None:
    over = crew.signal()
    agenda: WaitingAgenda[str] = crew.clockwork(over)
    handed: list[str] = []

    def hand_out() -> None:
        for _, item in agenda.due():
            handed.append(item)
            if item == "second":
                over.set()

    agenda.add(crew.clock.later_us(0.1), "second")
    agenda.add(crew.clock.later_us(60.0), "never")
    crew.spawn(hand_out)
    crew.pause(0.0)
    agenda.add(crew.clock.now_us(), "first")
    assert over.wait(5.0)
    assert handed == ["first", "second"]


def test_a_turnstile_lets_as_many_pass_as_were_let(crew: GeventCrew) -> None:
    turnstile, passed = crew.turnstile(), crew.turnstile()
    turnstile.release()

    def go_through() -> None:
        turnstile.acquire()
        passed.release()

    crew.spawn(go_through)
    assert passed.acquire()
    crew.spawn(go_through)
    turnstile.release()
    assert passed.acquire()


def control(crew: GeventCrew) -> ControlFiles:
    return crew.load_control("f1")


def test_a_load_goes_when_its_file_is_there(crew: GeventCrew) -> None:
    crew.spawn(load_go_path(crew.orders.folder, "f1").touch)
    assert control(crew).wait_go()


def test_a_process_that_ends_has_no_go_even_if_the_file_is_there(crew: GeventCrew) -> None:
    crew.spawn(crew.stopping.set)
    assert not control(crew).wait_go()
    load_go_path(crew.orders.folder, "f1").touch()
    assert not control(crew).wait_go()


def test_a_load_is_over_when_its_time_is_up_when_told_to_stop_and_when_the_process_ends(crew: GeventCrew) -> None:
    clock = crew.clock
    hour_us = clock.later_us(3600.0)
    soon_us = clock.later_us(0.05)
    control(crew).wait_over(soon_us)
    assert soon_us <= clock.now_us() < hour_us
    crew.spawn(load_stop_path(crew.orders.folder, "f1").touch)
    control(crew).wait_over(hour_us)
    load_stop_path(crew.orders.folder, "f1").unlink()
    crew.spawn(crew.stopping.set)
    control(crew).wait_over(hour_us)
    assert clock.now_us() < hour_us


def test_what_a_load_tells_is_in_its_status_file(crew: GeventCrew) -> None:
    status = LoadStatus(ready=True, offered=1, answered=2, accepted=3, done=False)
    control(crew).tell(status)
    assert read_load_status(load_status_path(crew.orders.folder, "f1")) == status


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
