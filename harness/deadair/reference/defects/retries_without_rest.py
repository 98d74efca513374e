"""Tries again every twenty seconds whatever the push provider did not take, and hears no request to wait."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.notifier import NO_REST, Notifier, Rest, key_of

RETRIES = 4
"""So many waits for the second try of a push, 5 s each, are all its waits."""


class RetriesWithoutRest(Notifier):
    """Rests no longer the tenth time than the first, and asks for all at full width."""

    async def _try(self, push: Push) -> bool:
        await super()._try(push)
        self._closed_until_s = 0.0
        return True

    def _rest(self, push: Push, least_s: float = 0.0, *, refused: bool = False) -> None:
        tries = self._rests.get(key_of(push), NO_REST).tries + 1
        until_s = self._env.now() + RETRIES * self._settings.push_retry_s
        self._rests[key_of(push)] = Rest(tries, until_s, refused)


DEFECT = Defect(
    name="retries-without-rest",
    what=__doc__,
    seen=(
        "share2nightscout-bridge 0.2.12, of which one sent 194 requests in ten seconds to a server that refused"
        " them all."
    ),
    parts={Notifier: RetriesWithoutRest},
    caught=(Catch("gate/push-provider-down", "no_storm"),),
)
