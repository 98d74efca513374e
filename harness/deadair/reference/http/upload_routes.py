"""Takes readings in: what is acknowledged survives a crash, and is stored once. Decides nothing about alarms.

What a device stamped well ahead of the time, or what is no glucose, is taken in too, but shown to nobody and evidence
of nothing. A record that is none is counted, and keeps no other out. A later value of a moment takes the place of the
one before.
"""

from __future__ import annotations

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.env import Env
from deadair.reference.http.admission import Urgency
from deadair.reference.http.malformed_records import MalformedRecords
from deadair.reference.http.publisher_routes import PUBLISHER, check_receiver
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import OK, Books, RequestGuard, session_of
from deadair.reference.http.router import Reply, Routes
from deadair.reference.http.share_api import GLUCOSE_MG_DL, Egv, ShareError, not_now, parse_upload
from deadair.reference.settings import Settings
from deadair.reference.storage.group_commit import GroupCommit
from deadair.reference.storage.inbox import AHEAD, BACKFILL, EVENT, FRESH, READING, Waiting
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
        self.room = QueueBound(self._inbox.count, every_s=settings.heartbeat_every_s)
        self.malformed = MalformedRecords(env)
        self.skewed: dict[int, float] = {}
        """By how many seconds the clocks of these patients' devices are ahead, as their last uploads tell."""

    def waiting(self, patient: int, egvs: tuple[Egv, ...], arrived_s: float) -> list[Waiting]:
        """Return records as the inbox takes them: fresh readings in their own lane; of one moment and kind the last."""
        fresh_s, ahead_s = arrived_s - self._settings.fresh_within_s, arrived_s + self._settings.ahead_max_s
        found: dict[tuple[int, int], Waiting] = {}
        for egv in egvs:
            kind = EVENT if egv.value_mg_dl not in GLUCOSE_MG_DL else AHEAD if egv.measured_s > ahead_s else READING
            lane = FRESH if kind == READING and egv.measured_s >= fresh_s else BACKFILL
            found[kind, egv.measured_s] = Waiting(lane, patient, *egv, arrived_s, kind)
        return list(found.values())

    async def take(self, patient: int, readings: list[Waiting], *, fresh: bool) -> None:
        """Make readings durable. Raises ShareError if there is no room for them, or if there is nothing new."""
        new = not readings or not await self._known(readings)
        most = self._settings.backfill_rows_max * (2 if fresh else 1)
        if new and self.room.waiting(self._env.now()) + len(readings) > most:
            raise not_now(self._settings.fresh_within_s)
        self._env.cpu(costs.UPLOADED_READING_S * len(readings))
        self._look_for_skew(patient, readings)
        if not new:
            raise ShareError("DuplicateEgvPosted", "all of these records were posted before")
        self.room.add(len(readings))
        await self._append.submit(readings)
        for one in readings:
            self._env.note("inbox", account=patient, measured_s=one.measured_s)
        shown = [one for one in readings if one.kind == READING]
        if shown:
            newest_s = max(one.measured_s for one in shown)
            self._newest.has(patient, newest_s)
            self._evidence.uploaded(self._follows.of_patient(patient), newest_s)
            self._lows.uploaded((patient, one.measured_s, one.value_mg_dl) for one in shown)

    async def _known(self, readings: list[Waiting]) -> bool:
        """Say whether all of these are there already, with the same values."""
        gone: list[Waiting] = []
        for one in reversed(readings):  # the newest first: it is the one that is new
            value = self._inbox.waiting(one)
            if value is None:
                gone.append(one)
                if len(gone) == 1 and not await self._store.holds(gone):
                    return False
            elif value != (one.value_mg_dl, one.trend):
                return False
        return not gone or await self._store.holds(gone)

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
        readings = intake.waiting(account.number, upload.egvs, env.now())
        fresh = any(one.lane == FRESH for one in readings)
        await guard.enter(str(account.number), Urgency.FRESH_UPLOAD if fresh else Urgency.BACKFILL)
        intake.malformed.count(account.number, upload.malformed)
        if upload.malformed and not readings:
            raise ShareError("InvalidArgument", f"no record of this upload is sound: {upload.malformed[0]}")
        await intake.take(account.number, readings, fresh=fresh)
        return OK

    return {("POST", f"{PUBLISHER}/PostReceiverEgvRecords"): post}
