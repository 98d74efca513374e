"""Moves acknowledged readings from the inbox to the store, as fast as the store's capacity allows.

Knows no accounts and no alarms: whatever drowns in here must not take the alarms with it.
"""

from __future__ import annotations

import asyncio
import sqlite3

from deadair.reference import costs
from deadair.reference.capacity import Bucket
from deadair.reference.env import Env
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.router import Router
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import INBOX, Inbox
from deadair.reference.storage.retention import Retention
from deadair.reference.storage.store import Store, StoreUnreachable
from deadair.reference.storage.store_choice import store_of

BATCH_ROWS_MAX = 2000
PARTS_MAX = 20
"""Parts of old readings that are removed before it is looked again whether new ones came."""


class Processor:
    """The node."""

    def __init__(self, env: Env, settings: Settings, inbox: type[Inbox] = Inbox) -> None:
        self._env = env
        self._settings = settings
        self._inbox = inbox(env)
        self._store: Store = store_of(env, "processor→store")
        self._retention = Retention(settings.readings_kept_s)
        per_s = settings.store_rows_per_s
        self._capacity = Bucket.full(per_s, burst=(per_s or 0.0) * settings.capacity_burst_s, now_s=env.now())
        self.apps: dict[str, Router] = {"processor": Router(health_route("processor", env))}

    def figures(self) -> dict[str, float]:
        """Return nothing: how many readings wait, the gateway knows."""
        return {}

    async def run(self) -> None:
        """Store for ever. A database that is locked or full is tried again: what was not stored is in the inbox."""
        while True:
            room = self.room()
            try:
                stored = await self.store_some(room)
            except (sqlite3.Error, StoreUnreachable) as error:
                self._env.report("storing", str(error), "readings wait in the inbox until it works again")
                await asyncio.sleep(self._settings.drain_every_s)
                continue
            self._env.report("storing", "")
            if stored == BATCH_ROWS_MAX:
                await asyncio.sleep(0)  # more may wait, and there may be capacity for it
            elif stored == room:
                await asyncio.sleep(self._settings.drain_every_s)  # more may wait, but not for this capacity
            else:
                await self._forget_some()
                await self._env.changed(INBOX, every_s=self._settings.drain_every_s)

    async def _forget_some(self) -> None:
        """Remove what is older than it may be, in small parts, as long as no reading waits for it."""
        for _ in range(PARTS_MAX):
            try:
                if self._inbox.longer_than(0) or not await self._retention.forget_part(self._store, self._env.now()):
                    return
            except (sqlite3.Error, StoreUnreachable):
                return  # the next reading that is to be stored tells it
            await asyncio.sleep(0)

    def room(self) -> int:
        """Return how many readings can be stored now."""
        return int(min(self._capacity.fill(self._env.now()), BATCH_ROWS_MAX))

    async def store_some(self, room: int) -> int:
        """Store one batch and return its size. Killed in between, it stores the same batch again: no harm."""
        batch = self._inbox.next(room) if room > 0 else []
        if batch:
            self._env.cpu(costs.STORED_BATCH_S + costs.STORED_READING_S * len(batch))
            await self._store.put(batch)
            self._inbox.remove(batch)
            self._capacity.take(len(batch))
            for reading in batch:
                self._env.note("stored", account=reading.patient, measured_s=reading.measured_s)
        return len(batch)
