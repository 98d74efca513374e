"""Nobody is alarmed before the database has taken all that was acknowledged by then."""

from __future__ import annotations

import asyncio

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox

LOOKED_AT_MAX = 1000
"""Readings that are looked at; where as many wait, some of them do so for long."""


class WaitsForStore(Watchdog):
    """A watchdog that alarms only by what is stored: a reading that is still under way might be the one it misses."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._inbox = Inbox(env)

    async def may_decide(self) -> None:
        """Wait for the database, however long it takes."""
        now_s = self._env.now()
        while self._under_way(now_s):
            await asyncio.sleep(self._settings.drain_every_s)

    def _under_way(self, now_s: float) -> bool:
        """Say whether something is not stored yet that was acknowledged before."""
        waiting = self._inbox.next(LOOKED_AT_MAX)
        return len(waiting) == LOOKED_AT_MAX or any(one.arrived_s <= now_s for one in waiting)


DEFECT = Defect(
    name="waits-for-store",
    what=__doc__,
    seen=(
        "Nightscout, whose check for stale data is a step of loading it: while its database hangs no reading is looked"
        " at, so none grows too old."
    ),
    parts={Watchdog: WaitsForStore},
    caught=(Catch("gate/store-hangs"), Catch("gate/database-unreachable")),
)
