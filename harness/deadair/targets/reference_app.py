"""The reference's follower app in the form the fleet hosts. Translates words, decides nothing."""

from __future__ import annotations

from typing import Any, Literal, cast

from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.reference.app.app_wiring import phone_app
from deadair.reference.app.phone_state import AppState, Call, Follower, Hush, Left, Out, PushTaken, Ring, Screen, Timer
from deadair.targets.app import (
    Answered,
    Dismiss,
    Effect,
    Event,
    FollowEnded,
    Noted,
    Person,
    PollDue,
    Present,
    Pushed,
    Send,
    SetTimer,
    ShowScreen,
    TimerFired,
    Unanswered,
)
from deadair.targets.request import Request

What = Literal["alarm", "notice", "low"]
Style = Literal["current", "old", "blank"]

LOW_CURRENT_S = 600.0
"""How long a reading is current, for app and service."""
LOW_WAIT_S = 60.0
"""How long the app waits for the push of a low that it shows, before it rings by itself."""
SNOOZE_MAX_S = 7200.0
"""The longest that an alarm can be put off, by app and service."""


class ReferenceApp:
    """The reference's ``App``."""

    def __init__(self, defects: tuple[str, ...], *, realarm_every_s: float, speed: float) -> None:
        self._app = phone_app(defects)
        self._realarm_every_s = realarm_every_s / speed
        self._speed = speed

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Install the app."""
        who = Follower(
            account=phone.account,
            password=password,
            patient=f"device-{phone.patient}",
            token=token,
            no_data_after_s=phone.no_data_after_us / 1e6 / self._speed,
            realarm_every_s=phone.realarm_every_us / 1e6 / self._speed
            if phone.realarm_every_us
            else self._realarm_every_s,
            chose_realarm=bool(phone.realarm_every_us),
            since_s=now_s,
            low_current_s=LOW_CURRENT_S / self._speed,
            low_wait_s=LOW_WAIT_S / self._speed,
            snooze_max_s=SNOOZE_MAX_S / self._speed,
        )
        state, out = self._app.installed(who)
        return state, tuple(_effect(one) for one in out)

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Take one event."""
        new, out = self._transition(cast(AppState, state), event, now_s)
        return new, tuple(_effect(one) for one in out)

    def _transition(self, state: AppState, event: Event, now_s: float) -> tuple[AppState, tuple[Out, ...]]:
        match event:
            case PollDue():
                return self._app.poll_due(state, now_s)
            case Answered(tag, answer):
                return self._app.answered(state, tag, answer.status, answer.body, now_s)
            case Unanswered(tag):
                return self._app.unanswered(state, tag, now_s)
            case Pushed(data):
                return self._app.pushed(state, data, now_s)
            case TimerFired():
                return self._app.timer_fired(state, now_s)
            case Person():
                return self._done_by(event, state, now_s)

    def _done_by(self, person: Person, state: AppState, now_s: float) -> tuple[AppState, tuple[Out, ...]]:
        match person.does:
            case "acknowledge":
                return self._app.acknowledged(state, now_s)
            case "snooze":
                return self._app.snoozed(state, person.until_s, now_s)
            case "stop_following":
                return self._app.left(state)
            case "log_in_anew" | "wrong_password":
                return self._app.logged_out(state, mistyped=person.does == "wrong_password")
        return state, ()


def _effect(out: Out) -> Effect:  # noqa: PLR0911 - one for each
    match out:
        case Call(tag, path, body):
            return Send(tag, Request(path, body), poll=tag == "poll")
        case Screen(style, shown):
            reading = Reading(shown.measured_s, shown.value_mg_dl) if shown else None
            return ShowScreen(cast(Style, style), reading)
        case Ring(what, path, measured_s):
            return Present(cast(What, what), path, measured_s)
        case Hush(what):
            return Dismiss(cast(What, what))
        case Timer(at_s):
            return SetTimer(at_s)
        case PushTaken(path, verdict):
            return Noted(path, verdict)
        case Left():
            return FollowEnded()
