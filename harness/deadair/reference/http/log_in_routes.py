"""Logging in, as publisher or as subscriber: the routes, and the checking of passwords behind them.

A name that is no account's costs and answers the same as a wrong password.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from deadair.reference.accounts.accounts import Account
from deadair.reference.accounts.lockout import BUSY_S, Lockout
from deadair.reference.env import Env
from deadair.reference.http.admission import Urgency
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import Books, RequestGuard
from deadair.reference.http.router import Reply, Routes, reply
from deadair.reference.http.share_api import SERVICES, ShareError, not_now, parse_object, text_of, uuid_of
from deadair.reference.settings import Settings

GENERAL = f"{SERVICES}/General"
NO_PASSWORD = "the password of nobody"  # noqa: S105 - it opens nothing: it stands for accounts that there are not


class Passwords:
    """Checks passwords, only so many at once, for each is dear: the rest are asked to wait."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._lockout = Lockout(settings)
        self._under_way = 0
        self._nobody: str | None = None

    async def check(self, account: Account | None, named: str, password: str) -> Account:
        """Return the account if the password is its own. Raises ShareError."""
        if self._under_way >= self._settings.log_ins_at_once_max:
            raise not_now(BUSY_S)
        name = named if account is None else account.name
        self._lockout.begin(name, self._env.now())
        self._under_way += 1
        fits: bool | None = None
        try:
            if self._nobody is None:
                self._nobody = await self._env.hash_password(NO_PASSWORD)
            hashed = self._nobody if account is None else account.password
            fits = await self._env.password_fits(hashed, password) and account is not None
        finally:
            self._under_way -= 1
            self._lockout.end(name, self._env.now(), fits=fits)
        if account is None or not fits:
            raise ShareError("AccountPasswordInvalid", "Publisher account password failed")
        return account


def log_in_routes(guard: RequestGuard, books: Books, passwords: Passwords) -> Routes:
    """Return the routes."""
    accounts, sessions = books.accounts, books.sessions

    def by_name(body: dict[str, Any]) -> tuple[str, Account | None]:
        name = text_of(body, "accountName")
        return name, accounts.named(name)

    def by_id(body: dict[str, Any]) -> tuple[str, Account | None]:
        public = uuid_of(body, "accountId")
        return public, accounts.known_as(public)

    async def checked(request: Request, who: Callable[[dict[str, Any]], tuple[str, Account | None]]) -> Account:
        body = parse_object(await read_body(request))
        (named, account), password = who(body), text_of(body, "password")
        await guard.enter(f"login {named}", Urgency.LOGIN)
        return await passwords.check(account, named, password)

    async def authenticate(request: Request) -> Reply:
        return reply((await checked(request, by_name)).public)

    async def log_in_by_name(request: Request) -> Reply:
        return reply(await sessions.begin((await checked(request, by_name)).number))

    async def log_in_by_id(request: Request) -> Reply:
        return reply(await sessions.begin((await checked(request, by_id)).number))

    return {
        ("POST", f"{GENERAL}/AuthenticatePublisherAccount"): authenticate,
        ("POST", f"{GENERAL}/LoginPublisherAccountByName"): log_in_by_name,
        ("POST", f"{GENERAL}/LoginPublisherAccountById"): log_in_by_id,
        ("POST", f"{GENERAL}/LoginSubscriberAccount"): log_in_by_id,
    }
