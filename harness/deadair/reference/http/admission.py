"""Which requests the gateway takes on when it cannot take all: fair to each account, and the vital ones first.

Pure but for the bucket levels; told the time. Knows nothing of HTTP.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

from deadair.reference.capacity import Bucket, Buckets
from deadair.reference.settings import Settings

REFUSAL_COST = 0.05
"""What answering "not now" takes of the provisioned capacity, as a share of a request served.

It stands for what is provisioned behind the front door, which a refusal hardly touches. It is not what it costs
this process: there nearly all of a request is HTTP, and a refusal is as dear as an answer (``costs.REFUSAL_S``).
"""


class Urgency(IntEnum):
    """Requests by what they mean to a child's parents, the most vital first."""

    FRESH_UPLOAD = 0
    POLL = 1
    LOGIN = 2
    READ = 3
    BACKFILL = 4


RESERVED = {Urgency.FRESH_UPLOAD: 0.0, Urgency.POLL: 0.1, Urgency.LOGIN: 0.15, Urgency.READ: 0.3, Urgency.BACKFILL: 0.5}
"""The share of the saved-up capacity, everybody's and an account's own, that a kind leaves to more vital ones."""


class Gate(Protocol):
    """Whatever lets requests in."""

    async def enter(self, account: str, kind: Urgency, now_s: float) -> float | None:
        """Return none if the request is taken on, else after how many seconds to try again."""
        ...


class Admission:
    """Decides at once; never queues, so that nothing old is ever served in place of something new."""

    def __init__(self, settings: Settings, now_s: float) -> None:
        per_s = settings.gateway_requests_per_s
        self._burst = (per_s or 0.0) * settings.capacity_burst_s
        self._all = Bucket.full(per_s, burst=self._burst, now_s=now_s)
        self._own_burst = settings.account_requests_burst
        self._accounts = Buckets(settings.account_requests_per_s, burst=self._own_burst)

    async def enter(self, account: str, kind: Urgency, now_s: float) -> float | None:
        """Return none if the request is taken on, else after how many seconds to try again."""
        level = self._all.fill(now_s)
        mine = self._accounts.of(account, now_s)
        # A tool that reads as the patient, and tries again at once whatever it is told, must not keep the readings out.
        least = min(RESERVED[kind] * self._own_burst + 1.0, self._own_burst)
        if mine.fill(now_s) < least:
            return self._refuse(level, mine.wait_s(least))
        if level - 1.0 < RESERVED[kind] * self._burst:
            return self._refuse(level, self._all.wait_s(RESERVED[kind] * self._burst + 1.0))
        self._all.take(1.0)
        mine.take(1.0)
        return None

    def _refuse(self, level: float, wait_s: float) -> float:
        # Refusals eat what capacity there is, never what is still to come: nobody is in debt after a flood.
        self._all.take(min(REFUSAL_COST, max(0.0, level)))
        return wait_s
