"""First come, first served: no lanes, no fairness, nothing refused until the queue is full."""

from __future__ import annotations

import asyncio

from deadair.reference.capacity import Bucket
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.admission import Admission, Urgency
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting

QUEUE_MAX = 1500


class QueueingAdmission:
    """Lets each request wait its turn at the provisioned rate."""

    def __init__(self, settings: Settings, now_s: float) -> None:
        self._capacity = Bucket.full(settings.gateway_requests_per_s, burst=1.0, now_s=now_s)
        self._refused_for_s = settings.queue_full_for_s
        self._queued = 0

    async def enter(self, account: str, kind: Urgency, now_s: float) -> float | None:
        """Wait for capacity, whoever asks and for whatever; refuse only when the queue is full."""
        if self._queued >= QUEUE_MAX:
            return self._refused_for_s
        self._capacity.fill(now_s)
        wait_s = self._capacity.wait_s(1.0)
        self._capacity.take(1.0)
        if wait_s > 0:
            self._queued += 1
            try:
                await asyncio.sleep(wait_s)
            finally:
                self._queued -= 1
        return None


class FifoInbox(Inbox):
    """The queue without lanes."""

    def __init__(self, env: Env) -> None:
        super().__init__(env)
        self._db.execute("CREATE INDEX IF NOT EXISTS inbox_arrival ON inbox (arrived_s)")

    def next(self, most: int) -> list[Waiting]:
        """Return the oldest arrivals, however stale."""
        return self._ordered("arrived_s", most)


DEFECT = Defect(
    name="fifo",
    what=__doc__,
    seen=(
        "'a massive backlog, which our system was unable to sufficiently handle' (Thanksgiving 2019). The "
        "queue is longer than any client's patience, so what is served has already been given up."
    ),
    parts={Admission: QueueingAdmission, Inbox: FifoInbox},
    caught=(Catch("smoke/overload", "recovers"),),
    profiles=("2019",),
)
