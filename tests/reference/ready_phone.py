"""A phone that is logged in and follows, and what it is told, for tests."""

from __future__ import annotations

import json

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, Follower, Out

T_S = 1200.0
APP = PhoneApp()
WHO = Follower("phone-1", "word", "device-1", "token", T_S, realarm_every_s=900.0, since_s=1000.0)


def ready(**changes: object) -> AppState:
    return AppState(**{"who": WHO, "session": "s", "follow": 3, **changes})  # type: ignore[arg-type]


def seeing(measured_s: int, *, now_s: float) -> AppState:
    return polled(ready(), measured_s, now_s)[0]


def blind(*, now_s: float = 3200.0) -> AppState:
    """Return a phone that has gone blind and rings."""
    return APP.timer_fired(seeing(2000, now_s=2001), now_s)[0]


def polled(state: AppState, measured_s: int, now_s: float) -> tuple[AppState, tuple[Out, ...]]:
    body = json.dumps({"reading": {"measured_s": measured_s, "value": 100}}).encode()
    return APP.answered(state, "poll", 200, body, now_s)


def no_data(*, sent_s: float, expires_s: float = 1e9, made_s: float = 0.0) -> dict[str, str]:
    stamps = {"sent_s": str(sent_s), "expires_s": str(expires_s), "made_s": str(made_s)}
    return {"kind": "no_data", "measured_s": "", **stamps}


def low(measured_s: float, *, expires_s: float = 1e9) -> dict[str, str]:
    stamps = {"sent_s": str(measured_s), "expires_s": str(expires_s), "measured_s": str(measured_s)}
    return {"kind": "urgent_low", "value": "50", **stamps}
