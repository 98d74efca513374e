"""A whole fleet in virtual time: the same drivers that run live, without a greenlet or a socket of theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any, cast

import pytest

from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.fleet.fleet import BEGIN_IN_REAL_S, Fleet
from deadair.history.rows import Kind
from deadair.model.environment import Address
from deadair.model.roster import Device, Phone, Roster
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import FakeApp, FakeService, FakeTarget
from tests.unit.virtual_runtime import EVERY_US, VirtualRuntime

DEVICES = 6
ROSTER = Roster(
    tuple(Device(n, "rest", f"device-{n}", n / DEVICES) for n in range(DEVICES)),
    tuple(Phone(n, n, "rest", f"phone-{n}", n / DEVICES, 4 * EVERY_US) for n in range(DEVICES)),
)


class WithoutApp(FakeTarget):
    def app(self, *, speed: float, defects: tuple[str, ...]) -> FakeApp | None:
        return None


def begun_fleet(target: FakeTarget | None = None, **more: Any) -> tuple[VirtualRuntime, Fleet, FakeService]:
    service = FakeService(Address(port=1))

    def answer(request: Request) -> Answer:
        status, said = service.answer(request.path, json.loads(request.body or b"{}"))
        return Answer(status, json.dumps(said).encode())

    runtime = VirtualRuntime(answer, roster=ROSTER, target=cast(Target, target or FakeTarget()), **more)
    return runtime, Fleet(runtime), service


def play(runtime: VirtualRuntime, fleet: Fleet, *, rounds: int) -> None:
    """Drive everybody for so many periods."""

    def scene() -> None:
        for work in (fleet.run_devices, fleet.run_phones, fleet.run_observer):
            runtime.spawn(work)
        runtime.pause(runtime.clock.wait_s(fleet.begin_us + rounds * EVERY_US - 1))

    runtime.play(scene)


def test_everybody_measures_hands_in_polls_and_shows() -> None:
    runtime, fleet, service = begun_fleet()
    assert fleet.begin_us == BEGIN_IN_REAL_S * runtime.clock.speed * 1e6
    assert not fleet.status().running
    play(runtime, fleet, rounds=10)
    assert [len(kept) for kept in service.stored.values()] == [10] * DEVICES
    assert len(runtime.rows(Kind.MEASURED)) == len(runtime.rows(Kind.POLL)) == 10 * DEVICES
    assert {row["detail"] for row in runtime.rows(Kind.STATUS)} == {"clear"}
    status = fleet.status()
    assert (status.running, status.phones, status.fresh, status.late) == (True, DEVICES, DEVICES, 0)


def test_nothing_of_virtual_time_is_late() -> None:
    runtime, fleet, _ = begun_fleet()
    play(runtime, fleet, rounds=10)
    rows = runtime.rows(Kind.POLL) + runtime.rows(Kind.STATUS)
    assert max(row["sent_us"] - row["intended_us"] for row in rows) == 0


def test_a_push_is_presented_and_one_for_nobody_is_lost() -> None:
    runtime, fleet, _ = begun_fleet()
    data = {"kind": "no_data", "path": "service_push", "patient": "device-3"}

    def scene() -> None:
        fleet.push(3, data)
        fleet.push(99, data)

    runtime.play(scene)
    assert [row["phone"] for row in runtime.rows(Kind.ALARM)] == [3]
    assert fleet.status().presenting == 1


def test_what_an_app_does_in_one_step_is_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm that is dismissed in the step that presents it has told nobody, and must not seem to have."""
    runtime, fleet, _ = begun_fleet()
    real, ticks = VirtualClock.now_us, count()
    monkeypatch.setattr(VirtualClock, "now_us", lambda clock: real(clock) + next(ticks))
    runtime.play(lambda: fleet.push(3, {"kind": "no_data", "path": "service_push", "patient": "device-3"}))
    (pushed,), (alarm,) = runtime.rows(Kind.PUSH), runtime.rows(Kind.ALARM)
    assert pushed["at_us"] == alarm["at_us"]


def test_a_target_without_an_app_has_no_phones() -> None:
    runtime, fleet, service = begun_fleet(WithoutApp())
    play(runtime, fleet, rounds=2)
    fleet.push(3, {})
    assert not fleet.has_phones
    assert fleet.status().phones == 0
    assert "/poll" not in service.seen
    assert "/upload" in service.seen


def test_a_target_without_a_status_page_is_not_observed() -> None:
    runtime, fleet, service = begun_fleet(replace(FakeTarget(), status_socket=None))
    play(runtime, fleet, rounds=2)
    assert "/status" not in service.seen
    assert "/upload" in service.seen


def test_a_fleet_sleeps_when_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, fleet, _ = begun_fleet(speed=1.0)
    timers = 0
    call_later = runtime.clock.loop.call_later

    def counted(*arguments: Any, **context: Any) -> Any:
        nonlocal timers
        timers += 1
        return call_later(*arguments, **context)

    monkeypatch.setattr(runtime.clock.loop, "call_later", counted)
    play(runtime, fleet, rounds=20)
    # A loop that woke five times a second would set 1,500 timers a round.
    assert timers / 20 < 100 * DEVICES
