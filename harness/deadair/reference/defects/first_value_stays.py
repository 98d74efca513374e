"""Of a reading that its device corrects it keeps the first value, and acknowledges the other."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.defects.stale_cache import CachedStore
from deadair.reference.env import Env
from deadair.reference.nodes.processor import Processor
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox, Waiting


class StoreOfFirstValues(CachedStore):
    """Stores what it has no reading of that moment for."""

    async def put(self, readings: list[Waiting]) -> None:
        """Leave out what is there."""
        there = {
            (patient, measured_s)
            for patient in {one.patient for one in readings}
            for measured_s, _ in await self.every(patient)
        }
        new = [one for one in readings if (one.patient, one.measured_s) not in there]
        if new:
            await super().put(new)


class StoresFirstValues(Processor):
    """Moves readings to that store."""

    def __init__(self, env: Env, settings: Settings, inbox: type[Inbox] = Inbox) -> None:
        super().__init__(env, settings, inbox)
        self._store = StoreOfFirstValues(self._store)


DEFECT = Defect(
    name="first-value-stays",
    what=__doc__,
    seen=(
        "No report of one was found: an insert that ignores what it knows is how many services take a reading in once."
    ),
    parts={Processor: StoresFirstValues},
    caught=(Catch("smoke/lives", "nothing_lost"),),
)
