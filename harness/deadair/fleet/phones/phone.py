"""A phone: hosts the target's app, keeps what it shows and presents. Pure: knows no network and no rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from deadair.history.rows import FOLLOW_ENDED, Kind
from deadair.model.clock import RunClock
from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.targets.app import App, Dismiss, Effect, Event, FollowEnded, Noted, Present, ShowScreen

PING_EVERY_S = 0.25
"""Real seconds from one ping of the phones over their link to the next."""
DOWN_AFTER_S = 1.0
"""Real seconds without a word after which phones take their link for dead."""
LARGEST = 1 << 62
WALL_MAX_S = 1e12


class Handset(NamedTuple):
    """One phone's state. ``presenting``: what rings or stands on it now, as (alarm, notice or low; path)."""

    app: Any
    """The app's own state, which only the app reads."""
    style: str | None = None
    """current, old or blank; none: the app has not drawn anything yet."""
    reading: Reading | None = None
    presenting: frozenset[tuple[str, str]] = frozenset()


def switch_on(app: App, phone: Phone, *, password: str, now_s: float) -> tuple[Handset, tuple[Effect, ...]]:
    """Return a phone with the app freshly installed, and what the app wants done."""
    state, effects = app.begin(phone, password=password, token=phone.token, now_s=now_s)
    return _carry_out(Handset(state), effects)


def rings(handset: Handset) -> bool:
    """Say whether something rings on a phone that its person can do away with: an alarm or a low, and no notice."""
    return any(what != "notice" for what, _ in handset.presenting)


def tell(app: App, handset: Handset, event: Event, *, now_s: float) -> tuple[Handset, tuple[Effect, ...]]:
    """Give the app an event. The effects that come back are those that change something."""
    state, effects = app.step(handset.app, event, now_s)
    return _carry_out(handset._replace(app=state), effects)


def _carry_out(handset: Handset, effects: tuple[Effect, ...]) -> tuple[Handset, tuple[Effect, ...]]:
    notification: list[Effect] = []
    for effect in effects:
        before = handset
        if isinstance(effect, ShowScreen):
            handset = handset._replace(style=effect.style, reading=effect.reading)
            if (before.style, before.reading) == (effect.style, effect.reading):
                continue
        elif isinstance(effect, Present):
            handset = handset._replace(presenting=handset.presenting | {(effect.what, effect.path)})
        elif isinstance(effect, Dismiss):
            left = frozenset(stands for stands in handset.presenting if stands[0] != effect.what)
            handset = handset._replace(presenting=left)
            if before.presenting == left:
                continue
        notification.append(effect)
    return handset, tuple(notification)


PhoneRow = tuple[Kind, dict[str, int | str | None]]


def row_of(effect: Effect, phone: Phone, *, clock: RunClock, push: Mapping[str, str] | None = None) -> PhoneRow | None:
    """Return the history row an effect makes, if it makes one. ``push``: the push it answers to."""
    columns: dict[str, int | str | None] = {"phone": phone.phone}
    if isinstance(effect, ShowScreen):
        columns |= {"patient": phone.patient, "detail": effect.style}
        if effect.reading is not None:
            columns["measured_us"] = placed_us(clock, effect.reading.measured_s)
            columns["value"] = max(-LARGEST, min(LARGEST, effect.reading.value_mg_dl))
        return Kind.SCREEN, columns
    if isinstance(effect, Present):
        columns["path"] = effect.path
        if effect.what == "notice":
            return Kind.NOTICE, columns
        measured_us = None if effect.measured_s is None else placed_us(clock, effect.measured_s)
        kind = Kind.LOW if effect.what == "low" else Kind.ALARM
        return kind, columns | {"patient": phone.patient, "measured_us": measured_us}
    if isinstance(effect, Dismiss):
        return Kind.CLEAR, columns | {"patient": phone.patient, "detail": effect.what}
    if isinstance(effect, Noted):
        return Kind.PUSH, columns | {"path": effect.path, "patient": _patient(push), "detail": effect.verdict}
    ended = columns | {"patient": phone.patient, "detail": FOLLOW_ENDED}
    return (Kind.PERSON, ended) if isinstance(effect, FollowEnded) else None


def placed_us(clock: RunClock, wall_s: float) -> int:
    """Place a stamp that came from outside on the run's axis; absurd ones at its ends, which a history can hold."""
    if not -WALL_MAX_S < wall_s < WALL_MAX_S:
        return LARGEST if wall_s > 0 else -LARGEST
    return max(-LARGEST, min(LARGEST, clock.of_wall_us(wall_s)))


def _patient(push: Mapping[str, str] | None) -> int | None:
    """Return the number of the patient a push speaks of; none if it speaks of nobody we know."""
    digits = (push or {}).get("patient", "").removeprefix("device-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
