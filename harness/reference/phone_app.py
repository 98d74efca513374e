"""The follower app, as a pure machine: answers and pushes in; screen, alarms and notices out.

It never trusts silence. Its own timer is set anew by each reading shown and lies with the phone's operating system,
so it rings with no network at all. It never blanks: the last reading stays, with its age. A person may hush what
rings; that holds for this silence only, and the next poll tells it. It imports nothing that does anything; whoever
hosts it keeps the time and talks to the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

CURRENT_SHARE = 0.9
"""A reading is shown as current for this share of T, so that it is never late to be called old."""
URGENT_LOW_MG_DL = 55
"""A reading above it ends an urgent low."""


class Shown(NamedTuple):
    """A reading on the screen."""

    measured_s: int
    value_mg_dl: int


@dataclass(frozen=True, slots=True)
class Follower:
    """Who this phone is, given when the app is installed."""

    account: str
    password: str
    patient: str
    token: str
    no_data_after_s: float
    realarm_every_s: float
    since_s: float
    low_current_s: float = 600.0
    snooze_max_s: float = 7200.0


class AppState(NamedTuple):
    """All the app knows. ``held``: a service push told of a silence that had not yet begun by what is shown here.
    ``acknowledged_s``, ``snoozed_until_s``: what the person said to this silence; ``low_s``: the newest low told."""

    who: Follower
    session: str | None = None
    follow: int | None = None
    shown: Shown | None = None
    style: str = "blank"
    alarm: bool = False
    notice: bool = False
    held: bool = False
    sentinel_s: float = 0.0
    rung_s: float = 0.0
    acknowledged_s: float = 0.0
    snoozed_until_s: float = 0.0
    low: bool = False
    low_s: int = 0

    @property
    def onset_s(self) -> float:
        """When this phone goes blind unless something newer is shown."""
        return (self.shown.measured_s if self.shown else self.who.since_s) + self.who.no_data_after_s

    @property
    def ring_s(self) -> float | None:
        """When this phone rings next if nothing newer is shown; none: its person knows of this silence."""
        if self.acknowledged_s >= self.onset_s:
            return None
        if self.snoozed_until_s > self.rung_s:
            return max(self.onset_s, self.snoozed_until_s)
        return max(self.onset_s, self.rung_s + self.who.realarm_every_s)


class Call(NamedTuple):
    """A request to send: ``tag`` is login, subscribe or poll."""

    tag: str
    path: str
    body: bytes


class Screen(NamedTuple):
    """What the screen shows from now on: style current, old or blank."""

    style: str
    shown: Shown | None


class Ring(NamedTuple):
    """Present an alarm, an urgent low or a notice that came by ``path``."""

    what: str
    path: str
    measured_s: int | None


class Hush(NamedTuple):
    """Stop presenting the alarm, the low or the notice."""

    what: str


class Timer(NamedTuple):
    """Schedule the one timer with the operating system; none cancels it."""

    at_s: float | None


class PushTaken(NamedTuple):
    """What became of a push: presented, held, overtaken or clear."""

    path: str
    verdict: str


Out = Call | Screen | Ring | Hush | Timer | PushTaken
Step = tuple[AppState, tuple[Out, ...]]


class PhoneApp:
    """The transitions. Each takes a state and the time in Unix seconds, and returns the next state and what to do."""

    def installed(self, who: Follower) -> Step:
        """Begin: nothing is shown yet, and already the timer runs."""
        state = AppState(who)
        return state, (Timer(state.onset_s),)

    def poll_due(self, state: AppState, now_s: float) -> Step:
        """Ask for readings, and say what is shown; log in and subscribe first if need be."""
        return state, (_next_call(state),)

    def answered(self, state: AppState, tag: str, status: int, body: bytes, now_s: float) -> Step:
        """Take the answer to a call."""
        try:
            data = orjson.loads(body) if body else None
        except (ValueError, RecursionError):
            data = None
        if status == 200 and tag == "login" and isinstance(data, str) and len(data) == 36:
            state = state._replace(session=data)
            return state, (_next_call(state),)
        if status == 200 and tag == "subscribe" and isinstance(data, dict) and type(data.get("follow")) is int:
            state = state._replace(follow=data["follow"])
            return state, (_next_call(state),)
        if status == 200 and tag == "poll" and isinstance(data, dict):
            return self._polled(state, data.get("reading"), now_s)
        if status == 500 and isinstance(data, dict) and str(data.get("Code", "")).startswith("Session"):
            # The next poll logs in again; not now, or a thousand phones would at once.
            return state._replace(session=None), ()
        return self.unanswered(state, tag, now_s)

    def unanswered(self, state: AppState, tag: str, now_s: float) -> Step:
        """No answer, or none of use: what was shown stays, and its age is what tells."""
        return state, ()

    def pushed(self, state: AppState, data: Mapping[str, str], now_s: float) -> Step:
        """Take a push message."""
        kind = data.get("kind")
        sent_s, expires_s = _seconds(data.get("sent_s")), _seconds(data.get("expires_s"))
        if kind in ("notice", "back"):
            if sent_s <= state.sentinel_s or expires_s < now_s:
                return state, (PushTaken("sentinel_push", "overtaken"),)
            state = state._replace(sentinel_s=sent_s, notice=kind == "notice")
            if kind == "notice":
                return state, (PushTaken("sentinel_push", "presented"), Ring("notice", "sentinel_push", None))
            return state, (PushTaken("sentinel_push", "clear"), Hush("notice"))
        if kind == "urgent_low" and expires_s >= now_s:
            return self._urgent_low(state, _seconds(data.get("measured_s")), now_s)
        if kind != "no_data" or expires_s < now_s:
            return state, (PushTaken("service_push", "overtaken"),)
        return self._no_data(state, sent_s, now_s)

    def acknowledged(self, state: AppState, now_s: float) -> Step:
        """The person knows: this silence, or this low, rings no more. A low's is no word about a silence to come."""
        return self._said(state, now_s, acknowledged_s=now_s)

    def snoozed(self, state: AppState, until_s: float, now_s: float) -> Step:
        """The person wants to be asked again later: a silence that lasts rings again by itself."""
        return self._said(state, now_s, snoozed_until_s=min(until_s, now_s + state.who.snooze_max_s))

    def _said(self, state: AppState, now_s: float, **said: float) -> Step:
        out = tuple(Hush(what) for what, rings in (("alarm", state.alarm), ("low", state.low)) if rings)
        state = state._replace(alarm=False, low=False)
        if now_s < state.onset_s:
            return state, out
        state = state._replace(**said)  # type: ignore[arg-type]
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def timer_fired(self, state: AppState, now_s: float) -> Step:
        """The reading shown has grown old, or the phone has gone blind, or still is."""
        out: list[Out] = []
        if state.shown and state.style == "current" and now_s >= self._old_s(state):
            state = state._replace(style="old")
            out.append(Screen("old", state.shown))
        if now_s >= state.onset_s:
            measured_s = state.shown.measured_s if state.shown else None
            if state.held:
                out.append(Ring("alarm", "service_push", measured_s))
                state = state._replace(alarm=True, held=False)
            if state.ring_s is not None and now_s >= state.ring_s:
                out.append(Ring("alarm", "phone_timer", measured_s))
                state = state._replace(alarm=True, rung_s=now_s)
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def _no_data(self, state: AppState, sent_s: float, now_s: float) -> Step:
        measured_s = state.shown.measured_s if state.shown else None
        if now_s >= state.onset_s:
            if state.ring_s is None or now_s < state.snoozed_until_s:
                return state, (PushTaken("service_push", "overtaken"),)
            state = state._replace(alarm=True)
            return state, (PushTaken("service_push", "presented"), Ring("alarm", "service_push", measured_s))
        if measured_s is not None and sent_s < measured_s:
            # What is shown was measured after this was sent: it speaks of a silence that is over.
            return state, (PushTaken("service_push", "overtaken"),)
        return state._replace(held=True), (PushTaken("service_push", "held"),)

    def _urgent_low(self, state: AppState, measured_s: float, now_s: float) -> Step:
        """Present a low that is new and current, beside whatever the no-data alarm does."""
        if not state.low_s < measured_s or abs(now_s - measured_s) > state.who.low_current_s:
            return state, (PushTaken("service_push", "overtaken"),)
        state = state._replace(low=True, low_s=int(measured_s))
        return state, (PushTaken("service_push", "presented"), Ring("low", "service_push", state.low_s))

    def _polled(self, state: AppState, reading: object, now_s: float) -> Step:
        new = _reading(reading)
        if new is None or (state.shown and new.measured_s <= state.shown.measured_s):
            return state, ()
        state = state._replace(shown=new, held=False, rung_s=0.0)
        out: list[Out] = []
        if state.low and new.measured_s > state.low_s and new.value_mg_dl > URGENT_LOW_MG_DL:
            state = state._replace(low=False)
            out.append(Hush("low"))
        state = state._replace(style="current" if now_s < self._old_s(state) else "old")
        out.append(Screen(state.style, new))
        if now_s < state.onset_s:
            if state.alarm:
                out.append(Hush("alarm"))
            state = state._replace(alarm=False, acknowledged_s=0.0, snoozed_until_s=0.0)
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        if state.style == "current":
            return self._old_s(state)
        return None if state.ring_s is None else max(now_s, state.ring_s)

    @staticmethod
    def _old_s(state: AppState) -> float:
        measured_s = state.shown.measured_s if state.shown else state.who.since_s
        return measured_s + CURRENT_SHARE * state.who.no_data_after_s


def _next_call(state: AppState) -> Call:
    who = state.who
    if state.session is None:
        body = {"accountName": who.account, "password": who.password, "applicationId": "follow"}
        path = "/ShareWebServices/Services/General/LoginPublisherAccountByName"
        return Call("login", path, orjson.dumps(body))
    if state.follow is None:
        ask = {
            "session": state.session,
            "patient": who.patient,
            "token": who.token,
            "no_data_after_s": who.no_data_after_s,
        }
        return Call("subscribe", "/app/subscribe", orjson.dumps(ask))
    poll = {
        "session": state.session,
        "follow": state.follow,
        "shown_s": state.shown.measured_s if state.shown else None,
        "acknowledged_s": state.acknowledged_s,
        "snoozed_until_s": state.snoozed_until_s,
    }
    return Call("poll", "/app/poll", orjson.dumps(poll))


def _reading(data: object) -> Shown | None:
    if not isinstance(data, dict):
        return None
    measured_s, value = data.get("measured_s"), data.get("value")
    if type(measured_s) is not int or type(value) is not int or measured_s <= 0:
        return None
    return Shown(measured_s, value)


def _seconds(text: str | None) -> float:
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0
