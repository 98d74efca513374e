"""The follower app, as a pure machine: answers and pushes in; screen, alarms and notices out.

It never trusts silence. Its own timer is set anew by each reading shown and lies with the phone's operating system,
so it rings with no network at all. It never blanks: the last reading stays, with its age. A person may hush what
rings; that holds for this silence only, and the next poll tells it. It imports nothing that does anything; whoever
hosts it keeps the time and talks to the network.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from deadair.reference.app.phone_state import (
    AppState,
    AppStep,
    Call,
    Follower,
    Hush,
    Left,
    Out,
    PushTaken,
    Ring,
    Screen,
    Shown,
    Timer,
)

CURRENT_SHARE = 0.9
"""A reading is shown as current for this share of T, so that it is never late to be called old."""
URGENT_LOW_MG_DL = 55
"""A reading above it ends an urgent low."""


class PhoneApp:
    """The transitions. Each takes a state and the time in Unix seconds, and returns the next state and what to do."""

    def installed(self, who: Follower) -> AppStep:
        """Begin: nothing is shown yet, and already the timer runs."""
        state = AppState(who)
        return state, (Timer(state.ring_s),)

    def poll_due(self, state: AppState, now_s: float) -> AppStep:
        """Ask for readings, and say what is shown; log in and subscribe first if need be."""
        if state.leaving:
            return state, _calls(state)
        right = _by_a_right_clock(state, now_s)
        timer = () if right is state else (Timer(self._next_timer_s(right, now_s)),)
        return right, (_next_call(right), *timer)

    def answered(self, state: AppState, tag: str, status: int, body: bytes, now_s: float) -> AppStep:
        """Take the answer to a call."""
        try:
            data = orjson.loads(body) if body else None
        except (ValueError, RecursionError):
            data = None
        if status == 200 and tag == "login" and isinstance(data, str) and len(data) == 36:
            state = state._replace(session=data, mistyped=False)
            return state, _calls(state)
        if status == 200 and tag == "subscribe" and isinstance(data, dict) and type(data.get("follow")) is int:
            state = state._replace(follow=data["follow"])
            return state, (_next_call(state),)
        if status == 200 and tag == "poll" and isinstance(data, dict):
            return self._polled(state, data.get("reading"), now_s)
        code = str(data.get("Code", "")) if status == 500 and isinstance(data, dict) else ""
        if code.startswith("Session") or code == "SubscriptionNotFound":
            # The next poll logs in again, or asks for a new follow; not now, or a thousand phones would at once.
            return (state._replace(follow=None) if code[:2] == "Su" else state._replace(session=None)), ()
        if status == 200 and tag == "unsubscribe":
            return state._replace(follow=None), (Left(),)
        return self.unanswered(state, tag, now_s)

    def unanswered(self, state: AppState, tag: str, now_s: float) -> AppStep:
        """No answer, or none of use: what was shown stays, and its age is what tells."""
        if tag == "login" and state.mistyped:
            state = state._replace(mistyped=False)
            return state, _calls(state)
        return state, ()

    def left(self, state: AppState) -> AppStep:
        """The person follows no more: nothing rings, and the service is told until it says that it knows."""
        hushed = tuple(Hush(what) for what in ("alarm", "notice", "low") if getattr(state, what))
        state = state._replace(leaving=True, alarm=False, notice=False, low=False, held=False)
        return state, (*hushed, *_calls(state))

    def logged_out(self, state: AppState, *, mistyped: bool) -> AppStep:
        """The person logs out and in again, at first with a wrong password if it is mistyped."""
        state = state._replace(session=None, mistyped=mistyped)
        return state, _calls(state)

    def pushed(self, state: AppState, data: Mapping[str, str], now_s: float) -> AppStep:
        """Take a push message."""
        kind = data.get("kind")
        sent_s, expires_s = _seconds(data.get("sent_s")), _seconds(data.get("expires_s"))
        of_sentinel = kind in ("notice", "back")
        if state.leaving or expires_s < now_s or (of_sentinel and sent_s <= state.sentinel_s):
            return state, (PushTaken("sentinel_push" if of_sentinel else "service_push", "overtaken"),)
        if of_sentinel:
            # From a clock that was ahead for a while it must not overtake what is sent once that is right again.
            state = state._replace(sentinel_s=min(sent_s, now_s), notice=kind == "notice")
            if kind == "notice":
                return state, (PushTaken("sentinel_push", "presented"), Ring("notice", "sentinel_push", None))
            return state, (PushTaken("sentinel_push", "clear"), Hush("notice"))
        if kind == "urgent_low":
            return self._urgent_low(state, _seconds(data.get("measured_s")), now_s)
        if kind != "no_data":
            return state, (PushTaken("service_push", "overtaken"),)
        return self._no_data(state, sent_s, _seconds(data.get("made_s")), now_s)

    def acknowledged(self, state: AppState, now_s: float) -> AppStep:
        """The person knows: this silence, or this low, rings no more. A low's is no word about a silence."""
        return self._said(state, now_s, acknowledged_s=now_s)

    def snoozed(self, state: AppState, until_s: float, now_s: float) -> AppStep:
        """The person wants to be asked again later: a silence that lasts rings again by itself."""
        return self._said(state, now_s, snoozed_until_s=min(until_s, now_s + state.who.snooze_max_s))

    def _said(self, state: AppState, now_s: float, **said: float) -> AppStep:
        out = tuple(Hush(what) for what, rings in (("alarm", state.alarm), ("low", state.low)) if rings)
        of_low_alone = state.low and not state.alarm
        state = state._replace(alarm=False, low=False)
        if of_low_alone or now_s < state.onset_s:
            return state, out
        state = state._replace(**said)  # type: ignore[arg-type]
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def timer_fired(self, state: AppState, now_s: float) -> AppStep:
        """The reading shown has grown old, or the phone has gone blind, or still is."""
        if state.leaving:
            return state, ()
        state = _by_a_right_clock(state, now_s)
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
        if state.shown and 0 < state.low_due_s <= now_s:
            # No push came for the low that it shows: whoever pushes may be dead.
            state = state._replace(low=True, low_s=state.shown.measured_s, low_due_s=0.0)
            out.append(Ring("low", "phone_timer", state.low_s))
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def _no_data(self, state: AppState, sent_s: float, made_s: float, now_s: float) -> AppStep:
        measured_s = state.shown.measured_s if state.shown else None
        if now_s >= state.onset_s:
            # What a cut link held back comes at once, in any order. A stamp of tomorrow says nothing of what is older.
            known = made_s == state.made_s or made_s < state.made_s <= now_s
            rings = state.alarm and made_s > 0 and known
            if rings or state.ring_s is None or now_s < state.snoozed_until_s:
                return state, (PushTaken("service_push", "overtaken"),)
            state = state._replace(alarm=True, made_s=made_s)
            return state, (PushTaken("service_push", "presented"), Ring("alarm", "service_push", measured_s))
        if measured_s is not None and sent_s < measured_s:
            # What is shown was measured after this was sent: it speaks of a silence that is over.
            return state, (PushTaken("service_push", "overtaken"),)
        return state._replace(held=True, made_s=made_s), (PushTaken("service_push", "held"),)

    def _urgent_low(self, state: AppState, measured_s: float, now_s: float) -> AppStep:
        """Present a low that is new and current, beside whatever the no-data alarm does."""
        if not state.low_s < measured_s or abs(now_s - measured_s) > state.who.low_current_s:
            return state, (PushTaken("service_push", "overtaken"),)
        told = state.shown is not None and measured_s >= state.shown.measured_s
        state = state._replace(low=True, low_s=int(measured_s), low_due_s=0.0 if told else state.low_due_s)
        return state, (PushTaken("service_push", "presented"), Ring("low", "service_push", state.low_s))

    def _polled(self, state: AppState, reading: object, now_s: float) -> AppStep:
        new = None if state.leaving else _reading(reading)
        if new is None or (state.shown and new.measured_s <= state.shown.measured_s):
            return state, ()
        blind = now_s >= state.onset_s
        state = state._replace(shown=new, held=False, made_s=0.0 if state.held else state.made_s)
        low_ends = state.low and new.measured_s > state.low_s and new.value_mg_dl > URGENT_LOW_MG_DL
        out: list[Out] = [Hush("low")] if low_ends else []
        due_s = now_s + state.who.low_wait_s if self._untold_low(state, new, now_s) else 0.0
        state = state._replace(low=state.low and not low_ends, low_due_s=due_s)
        state = state._replace(style="current" if now_s < self._old_s(state) else "old")
        out.append(Screen(state.style, new))
        if now_s < state.onset_s:
            out += [Hush("alarm")] if state.alarm else []
            state = state._replace(alarm=False, acknowledged_s=0.0, snoozed_until_s=0.0, rung_s=0.0)
            # Cut off before its next poll, it would go blind anew and nobody know: it says at once that it sees.
            out += [_next_call(state)] if blind else []
        return state, (*out, Timer(self._next_timer_s(state, now_s)))

    def _next_timer_s(self, state: AppState, now_s: float) -> float | None:
        next_s = self._old_s(state) if state.style == "current" else state.ring_s
        moments_s = [*([] if next_s is None else [next_s]), *([state.low_due_s] if state.low_due_s else [])]
        return max(now_s, min(moments_s)) if moments_s else None

    @staticmethod
    def _untold_low(state: AppState, new: Shown, now_s: float) -> bool:
        """Say whether a reading is urgently low and of now, and no low as new was told."""
        current = abs(now_s - new.measured_s) <= state.who.low_current_s
        return new.value_mg_dl <= URGENT_LOW_MG_DL and current and new.measured_s > state.low_s

    @staticmethod
    def _old_s(state: AppState) -> float:
        measured_s = state.shown.measured_s if state.shown else state.who.since_s
        return measured_s + CURRENT_SHARE * (state.who.no_data_after_s or state.who.low_current_s)


def _calls(state: AppState) -> tuple[Call, ...]:
    """Return what to ask next; nothing any more once its person has left and no follow is known."""
    return () if state.leaving and state.follow is None else (_next_call(state),)


def _next_call(state: AppState) -> Call:
    who = state.who
    if state.session is None:
        password = f"not {who.password}" if state.mistyped else who.password
        body = {"accountName": who.account, "password": password, "applicationId": "follow"}
        path = "/ShareWebServices/Services/General/LoginPublisherAccountByName"
        return Call("login", path, orjson.dumps(body))
    if state.follow is None:
        ask = {"session": state.session, "patient": who.patient, "token": who.token}
        chosen = {"realarm_every_s": who.realarm_every_s} if who.chose_realarm else {}
        wants = {"no_data_after_s": who.no_data_after_s, **chosen}
        return Call("subscribe", "/app/subscribe", orjson.dumps({**ask, **wants}))
    if state.leaving:
        leave = {"session": state.session, "follow": state.follow}
        return Call("unsubscribe", "/app/unsubscribe", orjson.dumps(leave))
    poll = {
        "session": state.session,
        "follow": state.follow,
        "shown_s": state.shown.measured_s if state.shown else None,
        "acknowledged_s": state.acknowledged_s,
        "snoozed_until_s": state.snoozed_until_s,
    }
    return Call("poll", "/app/poll", orjson.dumps(poll))


def _by_a_right_clock(state: AppState, now_s: float) -> AppState:
    """Return what is known once a clock that was ahead is right: an alarm of tomorrow, and a snooze, are of today."""
    until_s = now_s + state.who.snooze_max_s
    if state.rung_s <= now_s and state.snoozed_until_s <= until_s:
        return state
    return state._replace(rung_s=min(state.rung_s, now_s), snoozed_until_s=min(state.snoozed_until_s, until_s))


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
