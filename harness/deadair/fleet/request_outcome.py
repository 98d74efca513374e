"""How one HTTP request of the fleet went: an answer or its loss, each with when; and what an answer asks for. Pure.

It tells a request that surely did not happen (nothing was sent) from one that may have: that bit is what lets
a rule be honest.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from deadair.targets.request import Answer

RETRY_AFTER_MAX_S = 86_400.0


class Exchange(NamedTuple):
    """How a request went. ``lost``: why there is no answer; fail: nothing was sent; info: it may have arrived."""

    sent_us: int
    ended_us: int
    answer: Answer | None = None
    lost: Literal["fail", "info"] | None = None


def request_limit_s(speed: float) -> float:
    """Return how many real seconds a request may take: 10 of real life, and never less than 1."""
    return max(1.0, 10.0 / speed)


def again_us(done: Exchange, *, speed: float) -> int | None:
    """Return the moment before which the service asked not to be called again, if it did."""
    if done.answer is None or done.answer.retry_after_s is None:
        return None
    return done.ended_us + int(done.answer.retry_after_s * speed * 1e6)


def retry_after_s(text: object) -> float | None:
    """Return the seconds that a Retry-After header asks for; none for dates and nonsense."""
    try:
        seconds = float(text) if isinstance(text, str) else -1.0
    except ValueError:
        return None
    return min(seconds, RETRY_AFTER_MAX_S) if math.isfinite(seconds) and seconds >= 0 else None
