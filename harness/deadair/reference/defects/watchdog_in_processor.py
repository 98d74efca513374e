"""Whether somebody is to be alarmed is looked at by whatever stores readings, after each batch."""

from __future__ import annotations

import asyncio

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.alerts.decision import decide
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.processor import Processor
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox


class OnlyHears(Watchdog):
    """Takes evidence and tells the sentinel that all is well; decides nothing."""

    async def may_decide(self) -> None:
        """Leave it to the processor."""
        await asyncio.Event().wait()


class StoresAndWatches(Processor):
    """A processor with another duty."""

    def __init__(self, env: Env, settings: Settings, inbox: type[Inbox] = Inbox) -> None:
        super().__init__(env, settings, inbox)
        self._alarms = Alarms(env)

    async def store_some(self, room: int) -> int:
        """Store a batch, then see who is to be alarmed."""
        stored = await super().store_some(room)
        decided = [decide(watched, self._settings, self._env.now()) for watched in self._alarms.watched()]
        pushes = [push for _, push, _ in decided if push]
        if pushes:
            self._alarms.save([after for after, push, _ in decided if push], pushes, [])
        return stored


DEFECT = Defect(
    name="watchdog-in-processor",
    what=__doc__,
    seen=(
        "Nightscout, whose plug-ins run when data was loaded; and every service whose check for silence is a "
        "step of the work that falls silent."
    ),
    parts={Watchdog: OnlyHears, Processor: StoresAndWatches},
    caught=(Catch("gate/store-hangs"), Catch("own/devices-cut-off")),
)
