"""The front door: takes readings in, gives them out, passes on what phones confirm. Decides nothing about alarms.

Two sockets: the public one (Share API and the app's routes) and the administrator's.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp

from harness.reference import costs, share_api
from harness.reference.accounts import Account, Accounts, Follow
from harness.reference.admin import admin_routes
from harness.reference.admission import Gate, Kind
from harness.reference.body import read_body
from harness.reference.door import Door, Handler, Reply, query_of, reply
from harness.reference.env import Env
from harness.reference.evidence import EvidenceSender
from harness.reference.group_commit import GroupCommit
from harness.reference.health import health_route
from harness.reference.inbox import BACKFILL, FRESH, Inbox, Waiting
from harness.reference.room import Room
from harness.reference.settings import Settings
from harness.reference.share_api import SERVICES, ShareError
from harness.reference.store import Store

DAY_S = 86_400.0

OK = Reply(200, b"", ())
"""The sign of success: an empty body."""


class NotNow(Exception):  # noqa: N818 - an answer, not a failure
    """The request was refused for lack of capacity."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"try again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class Gateway:
    """The node."""

    def __init__(self, env: Env, settings: Settings, admission: Gate, evidence: EvidenceSender) -> None:
        self._env = env
        self._settings = settings
        self._admission = admission
        self._evidence = evidence
        self._accounts = Accounts(env)
        self._inbox = Inbox(env)
        self._store = Store(env)
        self._append = GroupCommit(self._inbox.append)
        self._room = Room(self._inbox.count, every_s=settings.heartbeat_every_s)
        public = [
            (f"{SERVICES}/General/LoginPublisherAccountByName", self._login_by_name),
            (f"{SERVICES}/General/LoginPublisherAccountById", self._login_by_id),
            (f"{SERVICES}/General/AuthenticatePublisherAccount", self._authenticate),
            (f"{SERVICES}/Publisher/PostReceiverEgvRecords", self._upload),
            (f"{SERVICES}/Publisher/ReadPublisherLatestGlucoseValues", self._read),
            ("/app/subscribe", self._subscribe),
            ("/app/poll", self._poll),
        ]
        routes = {("POST", path): self._guarded(handler) for path, handler in public}
        admin = admin_routes(env, self._accounts, self._inbox, self._store)
        self.apps: dict[str, ASGIApp] = {
            "gateway": Door({**routes, **health_route("gateway", env)}),
            "gateway-admin": Door({**admin, **health_route("gateway", env)}),
        }

    async def run(self) -> None:
        """Pass evidence on for ever, beginning with every registration there is."""
        for follow in self._accounts.follows():
            self._evidence.registered(follow)
        await self._evidence.run()

    # --- Share API ------------------------------------------------------------------------------------------------

    async def _authenticate(self, request: Request) -> Reply:
        body = share_api.parse_object(await read_body(request))
        name = share_api.text_of(body, "accountName")
        await self._enter(f"login {name}", Kind.LOGIN)
        return reply(self._checked(self._accounts.named(name), body).public)

    async def _login_by_name(self, request: Request) -> Reply:
        body = share_api.parse_object(await read_body(request))
        name = share_api.text_of(body, "accountName")
        await self._enter(f"login {name}", Kind.LOGIN)
        return reply(self._accounts.open_session(self._checked(self._accounts.named(name), body)))

    async def _login_by_id(self, request: Request) -> Reply:
        body = share_api.parse_object(await read_body(request))
        public = share_api.text_of(body, "accountId")
        await self._enter(f"login {public}", Kind.LOGIN)
        return reply(self._accounts.open_session(self._checked(self._accounts.known_as(public), body)))

    async def _upload(self, request: Request) -> Reply:
        patient = self._account(_session_of(request))
        egvs = share_api.parse_egvs(await read_body(request))
        now_s = self._env.now()
        fresh_since_s = now_s - self._settings.fresh_within_s
        backfill = not egvs or max(egv.measured_s for egv in egvs) < fresh_since_s
        await self._enter(str(patient), Kind.BACKFILL if backfill else Kind.FRESH_UPLOAD)
        if backfill and self._room.waiting(now_s) + len(egvs) > self._settings.backfill_rows_max:
            raise NotNow(self._settings.fresh_within_s)
        self._env.cpu(costs.UPLOADED_READING_S * len(egvs))
        self._room.add(len(egvs))
        lanes = [FRESH if egv.measured_s >= fresh_since_s else BACKFILL for egv in egvs]
        await self._append.submit(
            [
                Waiting(0, lane, patient, egv.measured_s, egv.value_mg_dl, egv.trend, now_s)
                for lane, egv in zip(lanes, egvs, strict=True)
            ]
        )
        for egv in egvs:
            self._env.note("inbox", account=patient, measured_s=egv.measured_s)
        if egvs:
            self._evidence.uploaded(self._accounts.follows_of(patient), max(egv.measured_s for egv in egvs))
        return OK

    async def _read(self, request: Request) -> Reply:
        patient = self._account(_session_of(request))
        await self._enter(str(patient), Kind.READ)
        query = query_of(request)
        minutes = share_api.clamp(query.get("minutes"), least=0, most=1440)
        most = share_api.clamp(query.get("maxCount"), least=0, most=288)
        rows = self._store.latest(patient, since_s=self._env.now() - minutes * 60, most=most)
        return reply([share_api.show_value(*row) for row in rows])

    # --- the follower app -----------------------------------------------------------------------------------------

    async def _subscribe(self, request: Request) -> Reply:
        body = share_api.parse_object(await read_body(request))
        follower = self._account(share_api.text_of(body, "session"))
        await self._enter(str(follower), Kind.LOGIN)
        patient = self._accounts.named(share_api.text_of(body, "patient"))
        after_s = body.get("no_data_after_s")
        if not isinstance(after_s, int | float) or not 0 < after_s <= 7 * DAY_S:
            raise ShareError("InvalidArgument", "no_data_after_s must be a positive number of seconds")
        if patient is None or not self._accounts.may_follow(follower, patient.number):
            raise ShareError("SubscriptionNotFound", "no invitation to follow this account")
        token = share_api.text_of(body, "token")
        follow = self._accounts.follow(follower, patient.number, token=token, no_data_after_s=float(after_s))
        self._evidence.registered(follow)
        self._env.note("follow", follow=follow.number, token=follow.token, account=follow.patient)
        return reply({"follow": follow.number})

    async def _poll(self, request: Request) -> Reply:
        body = share_api.parse_object(await read_body(request))
        follower = self._account(share_api.text_of(body, "session"))
        follow = self._own_follow(follower, body.get("follow"))
        self._evidence.asked(follow)
        await self._enter(str(follower), Kind.POLL)
        shown_s = body.get("shown_s")
        if type(shown_s) is int and 0 < shown_s <= self._env.now() + self._settings.fresh_within_s:
            self._evidence.confirmed(follow, shown_s)
        rows = self._store.latest(follow.patient, since_s=self._env.now() - DAY_S, most=1)
        reading = {"measured_s": rows[0][0], "value": rows[0][1], "trend": rows[0][2]} if rows else None
        return reply({"reading": reading})

    # --- what they share ------------------------------------------------------------------------------------------

    def _own_follow(self, follower: int, number: Any) -> Follow:
        follow = self._accounts.follow_numbered(number) if type(number) is int else None
        if follow is None or follow.follower != follower:
            raise ShareError("SubscriptionNotFound", "this account has no such follow")
        return follow

    def _account(self, session: str) -> int:
        account = self._accounts.of_session(session)
        if account is None:
            raise ShareError("SessionIdNotFound", "Failed to find session object")
        return account

    def _checked(self, account: Account | None, body: dict[str, Any]) -> Account:
        password = share_api.text_of(body, "password")
        if account is None or not self._env.password_fits(account.password, password):
            raise ShareError("AccountPasswordInvalid", "Publisher account password failed")
        return account

    async def _enter(self, account: str, kind: Kind) -> None:
        retry_after_s = await self._admission.enter(account, kind, self._env.now())
        self._env.cpu(costs.REQUEST_S[kind] if retry_after_s is None else costs.REFUSAL_S)
        if retry_after_s is not None:
            raise NotNow(retry_after_s)

    def _guarded(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Reply:
            try:
                return await handler(request)
            except ShareError as error:
                return reply(error.body(), 500)
            except NotNow as refusal:
                body = {"Code": "TooManyRequests", "Message": str(refusal)}
                return reply(body, 429, (b"retry-after", b"%d" % max(1, round(refusal.retry_after_s))))

        return answer


def _session_of(request: Request) -> str:
    """Return the session id of the query; clients differ in how they write its name."""
    for name, value in query_of(request).items():
        if name.lower() == "sessionid":
            return value
    raise ShareError("SessionIdNotFound", "Failed to find session object")
