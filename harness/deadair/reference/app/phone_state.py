"""What the follower app knows, and what it can ask its host to do. Frozen values; ``phone_app`` says when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


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
    """T; 0: its person wants no alarm when readings stop."""
    realarm_every_s: float
    """R, by which the phone itself rings again."""
    since_s: float
    low_current_s: float = 600.0
    low_wait_s: float = 60.0
    """How long after it shows an urgent low the phone waits for its push, before it rings by itself."""
    snooze_max_s: float = 7200.0
    chose_realarm: bool = False
    """Whether the person chose R; else the service has its own."""


class AppState(NamedTuple):
    """All the app knows. ``held``: a service push told of a silence that had not yet begun by what is shown here;
    ``made_s``: when the newest alarm that came so was made: it may come twice, and rings once.
    ``acknowledged_s``, ``snoozed_until_s``: what the person said to this silence; ``low_s``: the newest low told;
    ``low_due_s``: when the one that is shown rings by itself, 0 for none. ``mistyped``: a wrong password is tried.
    ``leaving``: its person wants to follow no more."""

    who: Follower
    session: str | None = None
    mistyped: bool = False
    leaving: bool = False
    follow: int | None = None
    shown: Shown | None = None
    style: str = "blank"
    alarm: bool = False
    notice: bool = False
    held: bool = False
    made_s: float = 0.0
    sentinel_s: float = 0.0
    rung_s: float = 0.0
    acknowledged_s: float = 0.0
    snoozed_until_s: float = 0.0
    low: bool = False
    low_s: int = 0
    low_due_s: float = 0.0

    @property
    def onset_s(self) -> float:
        """When this phone goes blind unless something newer is shown; never where nobody wants to be told of it."""
        if not self.who.no_data_after_s:
            return math.inf
        return (self.shown.measured_s if self.shown else self.who.since_s) + self.who.no_data_after_s

    @property
    def ring_s(self) -> float | None:
        """When this phone rings next if nothing newer is shown; none: its person knows, or wants no alarm."""
        if self.acknowledged_s >= self.onset_s or self.onset_s == math.inf:
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


class Left(NamedTuple):
    """The service has said that it ended the follow."""


Out = Call | Screen | Ring | Hush | Timer | PushTaken | Left
AppStep = tuple[AppState, tuple[Out, ...]]
