"""The pings of those who keep a link up: counted when somebody looks, and never sent.

Phones ping the push provider over their link four times a real second, a million times in a long night, and nobody
reads what they say. But their bytes are what a cut of a link shows by that carries no push just then. This file counts
moments; whether its link flows, others know.
"""

from __future__ import annotations

import math

PING_BYTES = 14
PONG_BYTES = 13
"""About what one takes on the live link."""


class Pings:
    """The pings of one link from ``begin_s`` on, one every ``every_s`` real seconds, however the link is."""

    def __init__(self, begin_s: float, *, every_s: float) -> None:
        self._begin_s = begin_s
        self._every_s = every_s
        self._answered = 0

    def sent(self, now_s: float) -> int:
        """Return how many were sent until now."""
        return max(0, math.floor((now_s - self._begin_s) / self._every_s) + 1)

    def answered(self, flowed_s: float, round_trip_s: float) -> int:
        """Return how many were answered, by a link that flowed until then; what once stood still has arrived.

        It never falls, as no counter of a kernel does: not even when the link has become slower meanwhile.
        """
        self._answered = max(self._answered, self.sent(flowed_s - round_trip_s))
        return self._answered
