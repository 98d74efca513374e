"""The check for missing readings waits its turn behind the readings themselves."""

from __future__ import annotations

import asyncio

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox

QUEUE_SHORT = 500
"""Readings that may wait while the check is still served: what normal traffic leaves there."""


class BehindBacklog(Watchdog):
    """A watchdog that decides only once the queue of readings is worked off."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._inbox = Inbox(env)

    async def may_decide(self) -> None:
        """Wait for the queue."""
        while self._inbox.longer_than(QUEUE_SHORT):
            await asyncio.sleep(self._settings.drain_every_s)


DEFECT = Defect(
    name="alerts-behind-backlog",
    what=__doc__,
    seen=(
        "Thanksgiving 2019, where the alert made for silence drowned in the backlog that caused it; and "
        "Nightscout, whose stale-data check runs only after the database has answered."
    ),
    parts={Watchdog: BehindBacklog},
    caught=(Catch("smoke/backlog"),),
    profiles=("2019",),
)
