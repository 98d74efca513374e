"""The follower app of a target: events in, effects out.

Pure: it turns events into effects. The fleet does the talking, keeps the time and records both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.targets.request import Answer, Request


@dataclass(frozen=True, slots=True)
class PollDue:
    """It is time to poll."""


class Answered(NamedTuple):
    """A request the app sent under ``tag`` was answered."""

    tag: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request the app sent under ``tag`` failed or timed out: it may or may not have happened."""

    tag: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push message's data reached the phone."""

    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer the app had scheduled with the phone's operating system went off."""


@dataclass(frozen=True, slots=True)
class Person:
    """The person who holds the phone did something: a word of ``Target.app_words``. An app may know none of them."""

    does: str
    until_s: float
    """Unix seconds until when a snooze is to last; of the other words, now."""


Event = PollDue | Answered | Unanswered | Pushed | TimerFired | Person


class Send(NamedTuple):
    """Send a request; the fleet answers with ``Answered`` or ``Unanswered`` under the same tag."""

    tag: str
    request: Request
    poll: bool
    """Whether this is a poll for readings (recorded as one) or something else, such as a log-in."""


class ShowScreen(NamedTuple):
    """The screen changed. ``style``: current, old (shown with its age) or blank (then no reading)."""

    style: Literal["current", "old", "blank"]
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Present:
    """Begin to present a no-data alarm, a notice, or the alarm of a low glucose value; it stays until dismissed.

    It came by ``path``. A low is no word about silence: it is recorded, and no rule takes it for one.
    """

    what: Literal["alarm", "notice", "low"]
    path: str
    """One of ``Target.alert_paths``."""
    measured_s: int | None
    """The newest measured time that an alarm or a low speaks of."""


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Stop presenting the alarm, the notice or the low."""

    what: Literal["alarm", "notice", "low"]


class SetTimer(NamedTuple):
    """Schedule the one timer with the operating system, in Unix seconds; none cancels it."""

    at_s: float | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What the app did with a push: presented, held, overtaken or clear."""

    path: str
    verdict: str


@dataclass(frozen=True, slots=True)
class FollowEnded:
    """The service said that the follow which its person ended is over."""


Effect = Send | ShowScreen | Present | Dismiss | SetTimer | Noted | FollowEnded


class App(Protocol):
    """The follower app of one target. States are opaque frozen values that only the app reads."""

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Return a freshly installed app's state; ``token`` is the phone's push token, ``now_s`` Unix seconds."""
        ...

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Take one event; return the new state and what to do. Never raises for anything a server may send."""
        ...
