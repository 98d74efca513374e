"""Logging in, as publisher or as subscriber: the routes, and the checking of passwords behind them.

A name that is no account's costs and answers the same as a wrong password. What is limited, is limited by address
first: whoever floods, wherever to, is in nobody's way but his own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.accounts.accounts import Account
from deadair.reference.accounts.lockout import Lockout
from deadair.reference.accounts.names import name_key
from deadair.reference.accounts.turns import Turns
from deadair.reference.capacity import Buckets
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
    """Checks passwords, only so many at once, for each is dear: the rest wait, or are asked to."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._of_address = Buckets(settings.log_ins_per_address_per_s, burst=settings.log_ins_per_address_burst)
        self._lockout = Lockout(settings)
        self._turns = Turns(at_once=env.hashes_at_once, most=settings.log_ins_at_once_max)
        self._nobody: str | None = None

    def let_in(self, request: Request) -> str:
        """Return from where a log-in is tried, nothing if there are many. Raises ShareError if too many are tried."""
        if request.client is None:
            return ""
        address = request.client.host
        tries = self._of_address.of(address, self._env.now())
        if tries.fill(self._env.now()) < 1.0:
            self._env.cpu(costs.REFUSAL_S)
            raise not_now(tries.wait_s(1.0))
        tries.take(1.0)
        return address

    async def check(self, account: Account | None, named: str, password: str, *, address: str) -> Account:
        """Return the account if the password is its own. Raises ShareError."""
        pair = (address, named if account is None else account.name)
        self._lockout.begin(pair, self._env.now())
        fits: bool | None = None
        try:
            async with self._turns.turn(address):
                if self._nobody is None:
                    self._nobody = await self._env.hash_password(NO_PASSWORD)
                hashed = self._nobody if account is None else account.password
                fits = await self._env.password_fits(hashed, password) and account is not None
        finally:
            self._lockout.end(pair, self._env.now(), fits=fits)
        if account is None or not fits:
            raise wrong_password()
        return account


def wrong_password() -> ShareError:
    """Return the refusal of a log-in, whatever was wrong with it."""
    return ShareError("AccountPasswordInvalid", "Publisher account password failed")


def log_in_routes(guard: RequestGuard, books: Books, passwords: Passwords) -> Routes:
    """Return the routes."""
    accounts, sessions = books.accounts, books.sessions

    def by_name(body: dict[str, Any]) -> tuple[str, Account | None]:
        name = text_of(body, "accountName")
        return name_key(name), accounts.named(name)

    def by_id(body: dict[str, Any]) -> tuple[str, Account | None]:
        public = uuid_of(body, "accountId")
        return public, accounts.known_as(public)

    async def checked(request: Request, who: Callable[[dict[str, Any]], tuple[str, Account | None]]) -> Account:
        address = passwords.let_in(request)
        body = parse_object(await read_body(request))
        (named, account), password = who(body), text_of(body, "password")
        await guard.enter(f"login {named} from {address}", Urgency.LOGIN)
        checked = await passwords.check(account, named, password, address=address)
        now = accounts.known(checked.number)
        if now is None or now.password != checked.password:  # changed by hand meanwhile
            raise wrong_password()
        return now

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
