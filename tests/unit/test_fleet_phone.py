"""The phone: hosts an app, keeps what it shows and presents, and tells rows."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.fleet.phones.phone import Handset, row_of, switch_on, tell
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.reading import Reading
from deadair.model.roster import Phone, push_token
from deadair.targets.app import Dismiss, Effect, Event, Noted, PollDue, Present, Send, SetTimer, ShowScreen
from deadair.targets.request import Request

PHONE = Phone(17, 8, "south", "phone-17", 0.5, 1_200_000_000)
CLOCK = RunClock(epoch_wall_ns=1_000_000_000_000, epoch_mono_ns=0, speed=60.0)


class Script:
    """An app that wants what the test puts down; its state counts its steps."""

    def __init__(self, *wanted: tuple[Effect, ...]) -> None:
        self.wanted = wanted

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        return 0, (Send("login", Request("/login", f"{password} {token}".encode()), poll=False),)

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        return state + 1, self.wanted[state]


def after(*wanted: tuple[Effect, ...]) -> tuple[Handset, tuple[Effect, ...]]:
    handset = Handset(0)
    notification: tuple[Effect, ...] = ()
    for _ in wanted:
        handset, notification = tell(Script(*wanted), handset, PollDue(), now_s=0.0)
    return handset, notification


CURRENT = ShowScreen("current", Reading(1000, 120))
ALARM = Present("alarm", "service_push", 1000)
NOTICE = Present("notice", "sentinel_push", None)


def test_a_phone_is_switched_on_with_its_token() -> None:
    handset, effects = switch_on(Script(), PHONE, password="secret", now_s=0.0)
    assert handset.app == 0
    assert isinstance(effects[0], Send)
    assert effects[0].request.body == f"secret {push_token(17)}".encode()


def test_what_it_shows_is_told_on_change_only() -> None:
    assert after((CURRENT,))[1] == (CURRENT,)
    assert after((CURRENT,), (CURRENT,))[1] == ()
    older = ShowScreen("old", Reading(1000, 120))
    assert after((CURRENT,), (older,))[1] == (older,)


def test_what_it_presents_is_kept_by_path() -> None:
    handset, _ = after((ALARM, NOTICE, Present("alarm", "phone_timer", None)))
    assert handset.presenting == {
        ("alarm", "service_push"),
        ("alarm", "phone_timer"),
        ("notice", "sentinel_push"),
    }


def test_dismissing_ends_that_kind_whatever_its_path() -> None:
    handset, notification = after((ALARM, NOTICE), (Dismiss("alarm"),))
    assert handset.presenting == {("notice", "sentinel_push")}
    assert notification == (Dismiss("alarm"),)


def test_dismissing_nothing_is_not_told() -> None:
    assert after((NOTICE,), (Dismiss("alarm"),))[1] == ()


def test_an_alarm_presented_again_is_told_again() -> None:
    assert after((ALARM,), (ALARM,))[1] == (ALARM,)


@pytest.mark.parametrize(
    ("effect", "kind", "columns"),
    [
        (CURRENT, Kind.SCREEN, {"patient": 8, "detail": "current", "measured_us": 0, "value": 120}),
        (ShowScreen("blank", None), Kind.SCREEN, {"patient": 8, "detail": "blank"}),
        (ALARM, Kind.ALARM, {"patient": 8, "path": "service_push", "measured_us": 0}),
        (Present("alarm", "phone_timer", None), Kind.ALARM, {"patient": 8, "path": "phone_timer", "measured_us": None}),
        (NOTICE, Kind.NOTICE, {"path": "sentinel_push"}),
        (Present("low", "service_push", 1000), Kind.LOW, {"patient": 8, "path": "service_push", "measured_us": 0}),
        (Dismiss("low"), Kind.CLEAR, {"patient": 8, "detail": "low"}),
        (Dismiss("notice"), Kind.CLEAR, {"patient": 8, "detail": "notice"}),
        (Noted("service_push", "held"), Kind.PUSH, {"path": "service_push", "patient": 9, "detail": "held"}),
    ],
)
def test_rows(effect: Effect, kind: Kind, columns: dict[str, Any]) -> None:
    row = row_of(effect, PHONE, clock=CLOCK, push={"patient": "device-9"})
    assert row == (kind, {"phone": 17, **columns})


@pytest.mark.parametrize("patient", ["", "device-", "-3", "ward nine", "9" * 30, "²"])
def test_a_push_about_nobody_names_no_patient(patient: str) -> None:
    row = row_of(Noted("service_push", "held"), PHONE, clock=CLOCK, push={"patient": patient})
    assert row is not None
    assert row[1]["patient"] is None


def test_requests_and_timers_make_no_row() -> None:
    for effect in (SetTimer(1.0), Send("poll", Request("/"), poll=True)):
        assert row_of(effect, PHONE, clock=CLOCK) is None


@pytest.mark.parametrize("stamp", [10**400, -(10**400), 10**18, -(10**11)])
def test_an_absurd_reading_still_makes_a_row(stamp: int) -> None:
    row = row_of(ShowScreen("current", Reading(stamp, 10**30)), PHONE, clock=CLOCK)
    assert row is not None
    measured_us, value = row[1]["measured_us"], row[1]["value"]
    assert isinstance(measured_us, int)
    assert isinstance(value, int)
    assert (measured_us > 0) == (stamp > 0)
    assert max(abs(measured_us), abs(value)) < 1 << 63
