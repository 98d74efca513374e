"""The follower app for a target that has none of its own: as plain as can be, and the harness's.

It polls, shows the newest reading with its age, presents what its channel brings, and takes it down once data are
fresh. What it does is not the service's, so rules that speak of the app alone are not judged with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast

from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.guarded import AdapterError, GuardedAdapter
from deadair.targets.adapters.log_in import LOG_IN_REQUESTS_MAX
from deadair.targets.app import (
    Answered,
    Dismiss,
    Effect,
    Event,
    Noted,
    PollDue,
    Present,
    Pushed,
    Send,
    SetTimer,
    ShowScreen,
    TimerFired,
)
from deadair.targets.request import Answer

CURRENT_REAL_LIFE_S = 600.0
"""A reading is shown as current for so long, or for T if that is shorter."""
AHEAD_MAX_S = 60.0
"""So far ahead of this machine's clock a reading may seem to be measured: services round."""
UNJUDGED: Mapping[str, str] = {
    "shows_age": "the target has no app of its own: what phones show is the harness's doing",
}
"""The rules that a target is not judged by where this app stands in for its own, each with the reason."""


class FollowerState(NamedTuple):
    """One phone's app."""

    client: Client
    no_data_after_s: float
    """T; infinite: off."""
    log_ins_left: int = 0
    shown: Reading | None = None
    polled_s: float = 0.0
    """When it was."""
    style: Literal["current", "old"] = "old"
    alarm: bool = False
    notice_s: float | None = None
    """When the message was sent that stands as a notice; none: none stands."""
    heard_s: Mapping[str, float] = {}
    """When the newest message of each kind that was heeded had been sent."""


Step = tuple[FollowerState, tuple[Effect, ...]]


class PlainFollower:
    """The ``App``. ``speed`` divides the durations that it keeps, as it does those of the service."""

    def __init__(self, adapter: GuardedAdapter, *, speed: float) -> None:
        self._adapter = adapter
        self._speed = speed

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Know whom to follow; nothing is shown yet."""
        client = Client(phone.account, password, patient=f"device-{phone.patient}", token=token)
        return FollowerState(client, phone.no_data_after_us / 1e6 / self._speed or math.inf), ()

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Take one event. Raises AdapterError if the adapter reads a reading of the future out of an answer."""
        before = cast(FollowerState, state)
        match event:
            case PollDue():
                return self._ask(before._replace(log_ins_left=LOG_IN_REQUESTS_MAX))
            case Answered("login", answer):
                return self._logged_in(before, answer)
            case Answered(_, answer):
                return self._polled(before, answer, now_s)
            case Pushed(data):
                return _pushed(before, data, now_s)
            case TimerFired():
                return self._aged(before, now_s)
        return before, ()

    def _ask(self, state: FollowerState) -> Step:
        """Poll, or log in first."""
        log_in = self._adapter.login(state.client)
        if log_in is None:
            return state, (Send("poll", self._adapter.poll(state.client), poll=True),)
        if state.log_ins_left == 0:
            return state, ()
        return state._replace(log_ins_left=state.log_ins_left - 1), (Send("login", log_in, poll=False),)

    def _logged_in(self, state: FollowerState, answer: Answer) -> Step:
        session = self._adapter.session(state.client, answer)
        state = state._replace(client=state.client._replace(session=session or ""))
        # One that was refused tries again with its next poll; not now, or a thousand phones would at once.
        return (state, ()) if session is None else self._ask(state)

    def _polled(self, state: FollowerState, answer: Answer, now_s: float) -> Step:
        if self._adapter.outcome(answer) == "login":
            return state._replace(client=state.client._replace(session="")), ()
        reading = self._adapter.newest(answer)
        if reading is None:
            return state, ()
        if reading.measured_s > now_s + AHEAD_MAX_S:
            raise AdapterError(_of_the_future(self._adapter.name, reading.measured_s - now_s))
        if state.shown is not None and reading.measured_s <= state.shown.measured_s:
            return state, ()
        old_s = reading.measured_s + self._current_s(state)
        style: Literal["current", "old"] = "current" if now_s < old_s else "old"
        out: list[Effect] = [ShowScreen(style, reading), SetTimer(old_s if style == "current" else None)]
        state = state._replace(shown=reading, polled_s=now_s, style=style)
        if now_s < reading.measured_s + state.no_data_after_s:
            state, cleared = _taken_down(state, notice_until_s=reading.measured_s)
            out += cleared
        return state, tuple(out)

    def _aged(self, state: FollowerState, now_s: float) -> Step:
        if state.shown is None or state.style == "old":
            return state, ()
        old_s = state.shown.measured_s + self._current_s(state)
        if now_s < old_s:
            return state, (SetTimer(old_s),)
        return state._replace(style="old"), (ShowScreen("old", state.shown),)

    def _current_s(self, state: FollowerState) -> float:
        return min(CURRENT_REAL_LIFE_S / self._speed, state.no_data_after_s)


def _of_the_future(adapter: str, ahead_s: float) -> str:
    what = f"`newest` of the adapter {adapter} returned a reading of the future, measured {ahead_s:,.0f} s from now"
    return f"{what}: it reads the answer wrongly, or the service's clock is wrong"


def _pushed(state: FollowerState, data: Mapping[str, str], now_s: float) -> Step:
    """Take what a channel brings, but for what is overtaken: channels bring messages late, and some twice."""
    path, kind, taken_s = data.get("path", ""), data.get("kind"), _seconds(data.get("taken_s"))
    if kind not in ("no_data", "notice", "clear") or _overtaken(state, kind, taken_s, now_s):
        return state, (Noted(path, "overtaken"),)
    if taken_s is not None:
        state = state._replace(heard_s={**state.heard_s, kind: taken_s})
    if kind == "clear":
        state, cleared = _taken_down(state, notice_until_s=float("inf"))
        return state, (Noted(path, "clear"), *cleared)
    if kind == "notice":
        notice_s = 0.0 if taken_s is None else taken_s
        return state._replace(notice_s=notice_s), (Noted(path, "presented"), Present("notice", path, None))
    measured_s = _seconds(data.get("measured_s"))
    speaks_of = None if measured_s is None else int(measured_s)
    return state._replace(alarm=True), (Noted(path, "presented"), Present("alarm", path, speaks_of))


def _overtaken(state: FollowerState, kind: str, sent_s: float | None, now_s: float) -> bool:
    """Say whether a message says nothing any more.

    It or a later one of its kind was heeded before, or an all-clear is older than what it would take down. Or what is
    shown was measured after it was sent, or was polled after it was sent and is young: that silence is over.
    """
    if sent_s is None:
        return False
    newest_s = max(state.heard_s.values(), default=sent_s) if kind == "clear" else sent_s
    if sent_s <= state.heard_s.get(kind, -math.inf) or sent_s < newest_s:
        return True
    if state.shown is None or kind == "clear":
        return False
    young = kind == "no_data" and now_s < state.shown.measured_s + state.no_data_after_s
    return state.shown.measured_s > sent_s or (young and state.polled_s > sent_s)


def _taken_down(state: FollowerState, *, notice_until_s: float) -> tuple[FollowerState, list[Effect]]:
    """Take down the alarm that stands, and a notice that was sent by then."""
    out: list[Effect] = []
    if state.alarm:
        out.append(Dismiss("alarm"))
        state = state._replace(alarm=False)
    if state.notice_s is not None and state.notice_s <= notice_until_s:
        out.append(Dismiss("notice"))
        state = state._replace(notice_s=None)
    return state, out


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and abs(seconds) < 1e12 else None
