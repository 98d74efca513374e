"""What keeps a node from its work, and how its log hears of it: once when it begins, once when it is over.

What comes and goes all the time is told once, too: it is over only when it has been gone for a while. Knows no clock
and does nothing by itself; ``live.py`` says what is wrong, and lets it look at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

CALM_S = 10.0
"""A trouble that was gone for so long is over."""


class Trouble(NamedTuple):
    """Why something does not work, and what the operator can do about it."""

    why: str
    remedy: str


class SayEvent(Protocol):
    """How a log is told something."""

    def __call__(self, event: str, **facts: float | str) -> None:
        """Write an event and its facts."""
        ...


@dataclass(slots=True)
class _Told:
    """A trouble that the log knows of. ``gone_s``: since when there has been none; none: it lasts."""

    since_s: float
    gone_s: float | None = None


class Troubles:
    """All troubles of one node, by what does not work."""

    def __init__(self, say: SayEvent) -> None:
        self._say = say
        self._now: dict[str, Trouble] = {}
        self._told: dict[str, _Told] = {}

    def put(self, what: str, trouble: Trouble | None, now_s: float) -> None:
        """Say that something does not work, or that it works."""
        if trouble is None:
            if self._now.pop(what, None) is not None:
                self._told[what].gone_s = now_s
            return
        self._now[what] = trouble
        if what in self._told:
            self._told[what].gone_s = None
            return
        self._told[what] = _Told(now_s)
        self._say("trouble", what=what, why=trouble.why, remedy=trouble.remedy)

    def look(self, now_s: float) -> None:
        """Tell of those that are over."""
        for what, told in list(self._told.items()):
            if told.gone_s is not None and now_s - told.gone_s >= CALM_S:
                del self._told[what]
                self._say("trouble is over", what=what, lasted_s=round(told.gone_s - told.since_s, 1))

    def words(self) -> str:
        """Say what does not work now; nothing if all does."""
        return "; ".join(f"{what}: {trouble.why}" for what, trouble in sorted(self._now.items()))

    def now(self) -> Mapping[str, Trouble]:
        """Return what does not work now."""
        return self._now
