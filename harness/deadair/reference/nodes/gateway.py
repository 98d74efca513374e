"""The front door: takes readings in, gives them out, passes on what phones confirm. Decides nothing about alarms.

Two sockets: the public one (Share API and the app's routes) and the administrator's. This file puts the routes
together; each group of them, by who calls, has a file of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

from deadair.reference.accounts.accounts import ACCOUNTS
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.alerts.readers import Readers
from deadair.reference.env import Env
from deadair.reference.http.admin_routes import admin_routes
from deadair.reference.http.admission import Gate
from deadair.reference.http.app_routes import app_routes
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.log_in_routes import Passwords, log_in_routes
from deadair.reference.http.publisher_routes import publisher_routes
from deadair.reference.http.request_guard import Books, RequestGuard
from deadair.reference.http.router import Router
from deadair.reference.http.sharing_routes import sharing_routes
from deadair.reference.http.subscriber_routes import subscriber_routes
from deadair.reference.http.upload_routes import Intake, upload_routes
from deadair.reference.settings import Settings
from deadair.reference.storage.store import StoreUnreachable


class Gateway:
    """The node."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        env: Env,
        settings: Settings,
        admission: Gate,
        evidence: EvidenceSender,
        lows: LowSender,
        books: type[Books] = Books,
        intake_of: type[Intake] = Intake,
    ) -> None:
        self._env = env
        self._settings = settings
        self._evidence = evidence
        self._lows = lows
        self._books = kept = books(env, settings)
        guard = RequestGuard(env, settings, admission, kept)
        self._intake = intake = intake_of(env, settings, kept, evidence, self._lows)
        self._readers = Readers(kept.follows, evidence)
        public = {
            **log_in_routes(guard, kept, Passwords(env, settings)),
            **upload_routes(env, guard, intake),
            **publisher_routes(env, guard, kept),
            **sharing_routes(guard, kept, evidence, self._readers),
            **subscriber_routes(env, guard, kept, self._readers),
            **app_routes(env, settings, guard, kept, evidence),
        }
        admin = admin_routes(env, kept, intake.skewed, intake.malformed.counts)
        self.apps: dict[str, Router] = {
            "gateway": Router(guard.guarded(public)),
            "gateway-admin": Router({**guard.guarded(admin), **health_route("gateway", env)}),
        }

    def figures(self) -> dict[str, float]:
        """Return how much waits here for others."""
        waiting = {"evidence_waiting": self._evidence.waiting(), "lows_waiting": self._lows.waiting()}
        return {"inbox": self._intake.room.at_most(), **waiting}

    async def run(self) -> None:
        """Pass on to the watchdog for ever, beginning with every registration there is and every fresh low."""
        for follow in self._books.follows.all():
            self._evidence.registered(follow)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._evidence.run())
            tasks.create_task(self._lows.run())
            tasks.create_task(self._heed_changes())
            await self._tell_lows_again()

    async def _heed_changes(self) -> None:
        """Do for ever what follows from accounts that somebody changed by hand, also while this node was down."""
        books = self._books
        while True:
            with contextlib.suppress(sqlite3.Error):
                for change, account in books.accounts.changes():
                    books.sessions.revoke({account})
                    if books.accounts.known(account) is None:
                        books.contacts.forget(account)
                        for follow in books.follows.revoke_all(account):
                            self._evidence.registered(follow)
                    books.accounts.settled(change)
            await self._env.changed(ACCOUNTS, every_s=self._settings.drain_every_s)

    async def _tell_lows_again(self) -> None:
        """Tell of the fresh lows that wait or are stored: the last life may have died before it told of them."""
        while True:
            since_s = self._env.now() - self._settings.fresh_within_s
            try:
                # In this order: a reading is stored before it is taken out of the inbox.
                self._lows.uploaded(self._books.inbox.fresh_lows(since_s))
                self._lows.uploaded(await self._books.store.fresh_lows(since_s))
            except (sqlite3.Error, StoreUnreachable):
                await asyncio.sleep(self._settings.push_retry_s)
            else:
                return
