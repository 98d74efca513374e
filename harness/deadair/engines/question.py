"""One question that is put beside the runner, so that who never answers delays nobody else. Knows no target.

Nothing is written down beside the runner. Whoever asked takes the answer over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from deadair.fleet.scheduler import Alarm
from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError

POLL_S = 0.02
_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True)
class Background:
    """How work is done beside the runner, and its end heard: in threads, or in green threads of virtual time.

    ``spawn``: begins work of this name; what has not ended by then ends with the run.
    """

    spawn: Callable[[Callable[[], None], str], object]
    signal: Callable[[], Alarm]


@dataclass(frozen=True, slots=True)
class ProbeAnswer(Generic[_Said]):
    """What came of a question: when, and what was said, or the error instead."""

    at_us: int
    said: _Said | None
    error: Exception | None

    def read(self) -> _Said | None:
        """Return what was said. Raises the error that came instead."""
        if self.error is not None:
            raise self.error
        return self.said


class Question(Generic[_Said]):
    """Puts one question again and again, never twice at once. ``limit_s``: real seconds that an answer may take."""

    def __init__(
        self, what: str, put: Callable[[], _Said], clock: RunClock, background: Background, *, limit_s: float
    ) -> None:
        self._what = what
        self._put = put
        self._clock = clock
        self._background = background
        self._limit_s = limit_s
        self._limit_us: int | None = None
        """Until when the answer is listened for; none: nothing was asked, or it is not any more."""
        self._arrived = background.signal()
        self._answer: ProbeAnswer[_Said] | None = None
        self._under_way = False

    def ask(self) -> None:
        """Put it, unless it is under way."""
        if self._under_way:
            return
        self._under_way, self._limit_us = True, self._clock.later_us(self._limit_s)
        self._background.spawn(self._carry, f"ask {self._what}")

    def taken(self) -> ProbeAnswer[_Said] | None:
        """Return the answer once, when it has come; none before. One that does not come in time is an error, once.

        An answer that never comes is no longer listened for, and meanwhile the question is not put again.
        """
        if self._arrived.is_set():
            answer, self._answer = self._answer, None
            self._under_way = False
            self._arrived.clear()
            return answer
        if self._limit_us is not None and self._under_way and self._clock.now_us() >= self._limit_us:
            self._limit_us = None
            late = HarnessError(f"{self._what} did not answer within {self._limit_s:g} s")
            return ProbeAnswer(self._clock.now_us(), None, late)
        return None

    def wait(self, check: Callable[[], None]) -> _Said | None:
        """Put it and wait for the answer, calling ``check`` meanwhile. Raises what was raised instead of an answer."""
        self.ask()
        while (answer := self.taken()) is None:
            self._arrived.wait(POLL_S)
            check()
        return answer.read()

    def _carry(self) -> None:
        try:
            said, error = self._put(), None
        except Exception as raised:  # noqa: BLE001 - raised anew where the answer is taken over
            said, error = None, raised
        self._answer = ProbeAnswer(self._clock.now_us(), said, error)
        self._arrived.set()
