"""One question that is put in a thread of its own, so that who never answers delays nobody else.

The thread writes nothing down. Whoever asked takes the answer over, in its own thread. Knows no target.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from deadair.model.clock import Deadline, RunClock
from deadair.model.errors import HarnessError

POLL_S = 0.02
_Said = TypeVar("_Said")


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

    def __init__(self, what: str, put: Callable[[], _Said], clock: RunClock, *, limit_s: float) -> None:
        self._what = what
        self._put = put
        self._clock = clock
        self._limit_s = limit_s
        self._limit = Deadline.after(limit_s)
        self._arrived = threading.Event()
        self._answer: ProbeAnswer[_Said] | None = None
        self._under_way = False

    def ask(self) -> None:
        """Put it, unless it is under way."""
        if self._under_way:
            return
        self._under_way, self._limit = True, Deadline.after(self._limit_s)
        threading.Thread(target=self._carry, name=f"ask {self._what}", daemon=True).start()

    def taken(self) -> ProbeAnswer[_Said] | None:
        """Return the answer once, when it has come; none before. One that does not come in time is an error, once.

        The thread of an answer that never comes ends with the process. It is no longer listened to, and while it is
        there the question is not put again.
        """
        if self._arrived.is_set():
            answer, self._answer = self._answer, None
            self._under_way = False
            self._arrived.clear()
            return answer
        if self._under_way and self._limit.passed():
            self._limit = Deadline.after(float("inf"))
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
