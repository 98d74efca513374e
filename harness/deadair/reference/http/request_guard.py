"""What the gateway's routes ask before they do anything: whose request it is, and whether there is room for it.

Turns whatever stops a route into an answer in the API's own form. Knows no route's business.
"""

from __future__ import annotations

import sqlite3
from functools import cached_property

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

    def holder(self, session: str) -> Account:
        """Return whose session it is. Raises ShareError."""
        return self._there(self._sessions.account_of(session))

    async def enter(self, whose: str, kind: Urgency) -> None:
        """Take a request on. Raises ShareError if there is no room for it."""
        retry_after_s = await self._gate.enter(whose, kind, self._env.now())
        self._env.cpu(costs.REQUEST_S[kind] if retry_after_s is None else costs.REFUSAL_S)
        if retry_after_s is not None:
            raise not_now(retry_after_s)

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
    return reply(error.body(), error.status, (b"retry-after", b"%d" % max(1, round(error.retry_after_s))))


def session_of(request: Request) -> str:
    """Return the session id of the query, a text that is none if it has none."""
    return query_of(request).get("sessionid", "")
