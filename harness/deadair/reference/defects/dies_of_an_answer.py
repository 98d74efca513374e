"""What delivers alerts stops at the first answer that it does not expect, and its heartbeat goes on."""

from __future__ import annotations

import asyncio

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.notifier import Notifier


class DiesOfAnAnswer(Notifier):
    """Two tasks in one process: the one that works, and the one that says so."""

    async def _try(self, push: Push) -> bool:
        if not await super()._try(push):
            await asyncio.Event().wait()
        return True

    def _oldest_push_age_s(self) -> float:
        return 0.0


DEFECT = Defect(
    name="dies-of-an-answer",
    what=__doc__,
    seen="share2nightscout-bridge 0.2.12, which ended without a word at the second poll that was answered 503.",
    parts={Notifier: DiesOfAnAnswer},
    caught=(Catch("smoke/provider"),),
)
