"""Keeps what it has to deliver in memory only: a notifier that dies takes the alarms with it."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.settings import Settings

OUTBOX_MAX = 1_000_000


class OutboxLost(Notifier):
    """Begins with nothing to deliver."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        for push in self._alarms.undelivered(OUTBOX_MAX):
            self._alarms.settle(push)


DEFECT = Defect(
    name="outbox-lost-on-restart",
    what=__doc__,
    seen="Nightscout, which keeps in memory only what it pushed and what was acknowledged.",
    parts={Notifier: OutboxLost},
    caught=(Catch("smoke/every-node-dies"),),
)
