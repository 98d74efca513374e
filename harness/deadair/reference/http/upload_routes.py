"""Takes readings in: what is acknowledged survives a crash, and is stored once. Decides nothing about alarms.

Readings that a device stamped well ahead of the time are taken in too, but shown to nobody and evidence of nothing.
"""

from __future__ import annotations

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.env import Env
from deadair.reference.http.admission import Urgency
from deadair.reference.http.publisher_routes import PUBLISHER, check_receiver
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import OK, Books, RequestGuard, session_of
from deadair.reference.http.router import Reply, Routes
from deadair.reference.http.share_api import Egv, ShareError, not_now, parse_upload
from deadair.reference.settings import Settings
from deadair.reference.storage.group_commit import GroupCommit
from deadair.reference.storage.inbox import BACKFILL, FRESH, Waiting
from deadair.reference.storage.queue_bound import QueueBound


class Intake:
    """Where readings go, and who is told of them."""

    def __init__(self, env: Env, settings: Settings, books: Books, evidence: EvidenceSender, lows: LowSender) -> None:
        self._env = env
        self._settings = settings
        self._inbox, self._store, self._follows = books.inbox, books.store, books.follows
        self._newest = books.newest
        self._evidence = evidence
        self._lows = lows
        self._append = GroupCommit(self._inbox.append)
        self._room = QueueBound(self._inbox.count, every_s=settings.heartbeat_every_s)
        self.skewed: dict[int, float] = {}
        """By how many seconds the clocks of these patients' devices are ahead, as their last uploads tell."""

    def fresh(self, egvs: tuple[Egv, ...], arrived_s: float) -> bool:
        """Say whether any of these values was fresh when they arrived."""
        fresh_s, ahead_s = arrived_s - self._settings.fresh_within_s, arrived_s + self._settings.ahead_max_s
        return any(fresh_s <= egv.measured_s <= ahead_s for egv in egvs)

    def waiting(self, patient: int, egvs: tuple[Egv, ...], arrived_s: float) -> list[Waiting]:
        """Return values as the inbox takes them: fresh ones in their own lane, those from the future marked."""
        fresh_s, ahead_s = arrived_s - self._settings.fresh_within_s, arrived_s + self._settings.ahead_max_s
        lanes = [FRESH if fresh_s <= egv.measured_s <= ahead_s else BACKFILL for egv in egvs]
        return [
            Waiting(lane, patient, *egv, arrived_s, ahead=egv.measured_s > ahead_s)
            for lane, egv in zip(lanes, egvs, strict=True)
        ]

    async def take(self, patient: int, readings: list[Waiting], *, fresh: bool) -> None:
        """Make readings durable. Raises ShareError if there is no room for them, or if there is nothing new."""
        gone = [one for one in readings if not self._inbox.holds(one)]
        new = not readings or bool(gone and not await self._store.holds(gone))
        most = self._settings.backfill_rows_max * (2 if fresh else 1)
        if new and self._room.waiting(self._env.now()) + len(readings) > most:
            raise not_now(self._settings.fresh_within_s)
        self._env.cpu(costs.UPLOADED_READING_S * len(readings))
        self._look_for_skew(patient, readings)
        if not new:
            raise ShareError("DuplicateEgvPosted", "all of these records were posted before")
        self._room.add(len(readings))
        await self._append.submit(readings)
        for one in readings:
            self._env.note("inbox", account=patient, measured_s=one.measured_s)
        shown = [one for one in readings if not one.ahead]
        if shown:
            newest_s = max(one.measured_s for one in shown)
            self._newest.has(patient, newest_s)
            self._evidence.uploaded(self._follows.of_patient(patient), newest_s)
            self._lows.uploaded((patient, one.measured_s, one.value_mg_dl) for one in shown)

    def _look_for_skew(self, patient: int, readings: list[Waiting]) -> None:
        ahead_s = max((one.measured_s - one.arrived_s for one in readings), default=0.0)
        if ahead_s > self._settings.ahead_max_s:
            self.skewed[patient] = ahead_s
        elif any(one.lane == FRESH for one in readings):
            self.skewed.pop(patient, None)


def upload_routes(env: Env, guard: RequestGuard, intake: Intake) -> Routes:
    """Return the route."""

    async def post(request: Request) -> Reply:
        account = guard.holder(session_of(request))
        upload = parse_upload(await read_body(request))
        check_receiver(account, upload.serial)
        if not account.monitored:
            raise ShareError("MonitoringSessionNotActive", "no monitoring session is active")
        arrived_s = env.now()
        fresh = intake.fresh(upload.egvs, arrived_s)
        await guard.enter(str(account.number), Urgency.FRESH_UPLOAD if fresh else Urgency.BACKFILL)
        await intake.take(account.number, intake.waiting(account.number, upload.egvs, arrived_s), fresh=fresh)
        return OK

    return {("POST", f"{PUBLISHER}/PostReceiverEgvRecords"): post}
