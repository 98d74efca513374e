"""A message goes to the phone that was before it in the queue, too."""

from __future__ import annotations

import contextlib

from deadair.reference.alerts.alarms import OPERATORS, Push
from deadair.reference.alerts.push_message import SEND_PATH
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env, Unreachable
from deadair.reference.nodes.notifier import PUSH_LINK, Notifier, message_of
from deadair.reference.settings import Settings


class ToldToAnother(Notifier):
    """Keeps the address apart from what it is of."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._before: Push | None = None

    async def _try(self, push: Push) -> bool:
        before, self._before = self._before, push
        if before is not None and OPERATORS not in (before.follow, push.follow):
            body = message_of(push._replace(token=before.token), self._settings, self._env.now())
            with contextlib.suppress(Unreachable):
                await self._env.post(PUSH_LINK, SEND_PATH, body, timeout_s=self._settings.request_timeout_s)
        return await super()._try(push)


DEFECT = Defect(
    name="told-to-another",
    what=__doc__,
    seen="No report of one was found in a follow service.",
    parts={Notifier: ToldToAnother},
    caught=(Catch("smoke/cut-twice", "privacy"),),
)
