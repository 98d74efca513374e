"""What the gateway's routes ask before they do anything: whose request it is, and whether there is room for it.

Turns whatever stops a route into an answer in the API's own form. Knows no route's business.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from math import ceil
from typing import Any

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.accounts.accounts import Account, Accounts
from deadair.reference.accounts.contacts import Contacts
from deadair.reference.accounts.follows import Follows
from deadair.reference.accounts.sessions import Sessions
from deadair.reference.alerts.newest import Newest
from deadair.reference.env import Env
from deadair.reference.http.admission import Gate, Urgency
from deadair.reference.http.router import Handler, Reply, Routes, query_of, reply
from deadair.reference.http.share_api import ShareError, not_now
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox
from deadair.reference.storage.store import Store, StoreUnreachable
from deadair.reference.storage.store_choice import store_of

OK = Reply(200, b"", ())
"""The sign of success: an empty body."""
READ_WAIT_MAX_S = 5.0
"""How long a read over its account's limit waits for its turn: less than any client waits for an answer."""
READ_STEP_S = 0.25
READS_WAITING_MAX = 4
"""Of one account: whoever sends more at once gets no readings at once."""


class Books:
    """Who there is, who is logged in, who may follow and who does, what waits to be stored, and what is."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self.accounts = Accounts(env)
        self.sessions = Sessions(env, settings)
        self.contacts = Contacts(env)
        self.follows = Follows(env)
        self.inbox = Inbox(env)
        self.store: Store = store_of(env, "gateway→store")

    @cached_property
    def newest(self) -> Newest:
        """Return what is known of each patient's newest reading, over whichever store there is."""
        return Newest(self._env, self._settings, self.store)


class RequestGuard:
    """Knows sessions, and the gate."""

    def __init__(self, env: Env, settings: Settings, gate: Gate, books: Books) -> None:
        self._env = env
        self._settings = settings
        self._gate = gate
        self._accounts = books.accounts
        self._sessions = books.sessions
        self._waiting: Counter[str] = Counter()

    def holder(self, session: str) -> Account:
        """Return whose session it is. Raises ShareError."""
        return self._there(self._sessions.account_of(session))

    async def enter(self, whose: str, kind: Urgency) -> None:
        """Take a request on. Raises ShareError if there is no room for it."""
        retry_after_s = await self._gate.enter(whose, kind, self._env.now())
        self._env.cpu(costs.REQUEST_S[kind] if retry_after_s is None else costs.REFUSAL_S)
        if retry_after_s is not None:
            raise not_now(retry_after_s)

    async def read(self, session: str, look: Callable[[Account], Awaitable[Any]], nothing: Sequence[Any] = ()) -> Reply:
        """Answer a read of readings. One that cannot be served waits a while, and is then answered with no readings.

        A refusal is taken by clients for the end of their session: they log in, read, and are refused again, without
        end. No reading is never taken for a new one. Raises ShareError.
        """
        retry_after_s = await self._entered_late(str(self.holder(session).number))
        if retry_after_s is None:
            try:
                return reply(await look(self.holder(session)))
            except (sqlite3.Error, StoreUnreachable):
                retry_after_s = self._settings.push_retry_s
        return reply(nothing, 200, retry_after(retry_after_s))

    async def _entered_late(self, whose: str) -> float | None:
        """Take a read on, late if need be; return none if it was, else after how many seconds to try again."""
        waited_s = 0.0
        while True:
            try:
                await self.enter(whose, Urgency.READ)
            except ShareError as error:
                wait_s = max(READ_STEP_S, error.retry_after_s or 0.0)
                if waited_s + wait_s > READ_WAIT_MAX_S or self._waiting[whose] >= READS_WAITING_MAX:
                    return wait_s
            else:
                return None
            self._waiting[whose] += 1
            try:
                await asyncio.sleep(wait_s)
            finally:
                self._waiting[whose] -= 1
                if not self._waiting[whose]:
                    del self._waiting[whose]
            waited_s += wait_s

    async def caller(self, request: Request, kind: Urgency) -> Account:
        """Return whose session the query names, and take the request on. Raises ShareError."""
        number = self.holder(session_of(request)).number
        await self.enter(str(number), kind)
        return self._there(number)

    def _there(self, number: int) -> Account:
        account = self._accounts.known(number)
        if account is None:  # it was removed, and its sessions are about to end
            raise ShareError("SessionIdNotFound", "Failed to find session object")
        return account

    def guarded(self, routes: Routes) -> Routes:
        """Return the routes with their errors answered, those of this node's databases too: it lives on."""
        return {route: self._guarded(handler) for route, handler in routes.items()}

    def _guarded(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Reply:
            try:
                return await handler(request)
            except ShareError as error:
                return told(error)
            except (sqlite3.Error, StoreUnreachable):
                wait_s = self._settings.push_retry_s
                why = "the database does not answer"
                return told(ShareError("ServiceUnavailable", why, status=503, retry_after_s=wait_s))

        return answer


def told(error: ShareError) -> Reply:
    """Return an error as an answer."""
    if error.retry_after_s is None:
        return reply(error.body(), error.status)
    return reply(error.body(), error.status, retry_after(error.retry_after_s))


def retry_after(seconds: float) -> tuple[bytes, bytes]:
    """Return the header that asks to come again."""
    return b"retry-after", b"%d" % max(1, ceil(seconds))


def session_of(request: Request) -> str:
    """Return the session id of the query, a text that is none if it has none."""
    return query_of(request).get("sessionid", "")
