"""A whole fleet in virtual time: the same drivers that run live, without a greenlet or a socket of theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any, cast

import pytest
from deadair.engines.simulated.clock import VirtualClock
from deadair.fleet.party import BEGIN_IN_REAL_S, Party
from deadair.history.rows import Kind
from deadair.model.environment import Address
from deadair.model.roster import Device, Phone, Roster
from deadair.targets.base import Answer, Request, Target

from tests.e2e.fleet_fakes import FakeApp, FakeService, FakeTarget
from tests.unit.virtual_crew import EVERY_US, VirtualCrew

DEVICES = 6
ROSTER = Roster(
    tuple(Device(n, "rest", f"device-{n}", n / DEVICES) for n in range(DEVICES)),
    tuple(Phone(n, n, "rest", f"phone-{n}", n / DEVICES, 4 * EVERY_US) for n in range(DEVICES)),
)


class WithoutApp(FakeTarget):
    def app(self, *, speed: float, defects: tuple[str, ...]) -> FakeApp | None:
        return None


def fleet(target: FakeTarget | None = None, **more: Any) -> tuple[VirtualCrew, Party, FakeService]:
    service = FakeService(Address(port=1))

    def answer(request: Request) -> Answer:
        status, said = service.answer(request.path, json.loads(request.body or b"{}"))
        return Answer(status, json.dumps(said).encode())

    crew = VirtualCrew(answer, roster=ROSTER, target=cast(Target, target or FakeTarget()), **more)
    return crew, Party(crew), service


def play(crew: VirtualCrew, party: Party, *, rounds: int) -> None:
    """Drive everybody for so many periods."""

    def scene() -> None:
        for work in (party.run_devices, party.run_phones, party.run_observer):
            crew.spawn(work)
        crew.pause(crew.clock.wait_s(party.begin_us + rounds * EVERY_US - 1))

    crew.play(scene)


def test_everybody_measures_hands_in_polls_and_shows() -> None:
    crew, party, service = fleet()
    assert party.begin_us == BEGIN_IN_REAL_S * crew.clock.speed * 1e6
    assert not party.status().running
    play(crew, party, rounds=10)
    assert [len(kept) for kept in service.stored.values()] == [10] * DEVICES
    assert len(crew.rows(Kind.MEASURED)) == len(crew.rows(Kind.POLL)) == 10 * DEVICES
    assert {row["detail"] for row in crew.rows(Kind.STATUS)} == {"clear"}
    status = party.status()
    assert (status.running, status.phones, status.fresh, status.late) == (True, DEVICES, DEVICES, 0)


def test_nothing_of_virtual_time_is_late() -> None:
    crew, party, _ = fleet()
    play(crew, party, rounds=10)
    rows = crew.rows(Kind.POLL) + crew.rows(Kind.STATUS)
    assert max(row["sent_us"] - row["intended_us"] for row in rows) == 0


def test_a_push_is_presented_and_one_for_nobody_is_lost() -> None:
    crew, party, _ = fleet()
    data = {"kind": "no_data", "path": "service_push", "patient": "device-3"}

    def scene() -> None:
        party.push(3, data)
        party.push(99, data)

    crew.play(scene)
    assert [row["phone"] for row in crew.rows(Kind.ALARM)] == [3]
    assert party.status().presenting == 1


def test_what_an_app_does_in_one_step_is_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm that is dismissed in the step that presents it has told nobody, and must not seem to have."""
    crew, party, _ = fleet()
    real, ticks = VirtualClock.now_us, count()
    monkeypatch.setattr(VirtualClock, "now_us", lambda clock: real(clock) + next(ticks))
    crew.play(lambda: party.push(3, {"kind": "no_data", "path": "service_push", "patient": "device-3"}))
    (pushed,), (alarm,) = crew.rows(Kind.PUSH), crew.rows(Kind.ALARM)
    assert pushed["at_us"] == alarm["at_us"]


def test_a_target_without_an_app_has_no_phones() -> None:
    crew, party, service = fleet(WithoutApp())
    play(crew, party, rounds=2)
    party.push(3, {})
    assert not party.has_phones
    assert party.status().phones == 0
    assert "/poll" not in service.seen
    assert "/upload" in service.seen


def test_a_target_without_a_status_page_is_not_observed() -> None:
    crew, party, service = fleet(replace(FakeTarget(), sockets=("gateway",)))
    play(crew, party, rounds=2)
    assert "/status" not in service.seen
    assert "/upload" in service.seen


def test_a_fleet_sleeps_when_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    crew, party, _ = fleet(speed=1.0)
    timers = 0
    call_later = crew.clock.loop.call_later

    def counted(*arguments: Any, **context: Any) -> Any:
        nonlocal timers
        timers += 1
        return call_later(*arguments, **context)

    monkeypatch.setattr(crew.clock.loop, "call_later", counted)
    play(crew, party, rounds=20)
    # A loop that woke five times a second would set 1,500 timers a round.
    assert timers / 20 < 100 * DEVICES
