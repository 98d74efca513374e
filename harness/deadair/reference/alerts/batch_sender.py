"""Tells the watchdog something, in batches, until it has heard. Knows nothing of what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from itertools import islice
from typing import ClassVar, Generic, TypeVar

import orjson

from deadair.reference import costs
from deadair.reference.env import Env, Unreachable
from deadair.reference.settings import Settings

LINK = "gateway→watchdog"
ENTRIES_MAX = 180
"""So many fit into a body, whatever tokens phones have."""
Said = TypeVar("Said")


class BatchSender(Generic[Said]):
    """Keeps one entry for each key, the newest, so it can never grow beyond the keys there are."""

    path: ClassVar[str]

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._waiting: dict[Hashable, Said] = {}
        self._some = asyncio.Event()

    def worth_telling(self, entry: Said) -> bool:
        """Say whether an entry is still worth notification: it is."""
        return True

    def waiting(self) -> int:
        """Return how much the watchdog has not heard."""
        return len(self._waiting)

    def _put(self, key: Hashable, entry: Said) -> None:
        self._waiting[key] = entry
        self._some.set()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            await self._some.wait()
            batch = dict(islice(self._waiting.items(), ENTRIES_MAX))
            if await self._told([entry for entry in batch.values() if self.worth_telling(entry)]):
                for key, entry in batch.items():
                    if self._waiting.get(key) is entry:
                        del self._waiting[key]
            else:
                await asyncio.sleep(self._settings.push_retry_s)
                # Behind the rest: what is not taken stands in nobody's way.
                rest = {key: entry for key, entry in self._waiting.items() if key not in batch}
                self._waiting = {key: one for key, one in (rest | self._waiting).items() if self.worth_telling(one)}
            if not self._waiting:
                self._some.clear()

    async def _told(self, entries: list[Said]) -> bool:
        if not entries:
            return True
        self._env.cpu(costs.EVIDENCE_SENT_S)
        limit_s = self._settings.request_timeout_s
        try:
            answer = await self._env.post(LINK, self.path, orjson.dumps(entries), timeout_s=limit_s)
        except Unreachable:
            return False
        return answer.status == 200
