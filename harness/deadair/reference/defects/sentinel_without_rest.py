"""Asks a push provider that is down for every phone again every twenty seconds, and hears no request to wait."""

from __future__ import annotations

import asyncio

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.sentinel import Sentinel

RETRIES = 4
"""So many waits for the second try of a push, 5 s each, are all its rests."""


class WithoutRest(Sentinel):
    """Takes each refusal for one phone's own."""

    async def _send(self, token: str, kind: str) -> str | None:
        told = await super()._send(token, kind)
        self._troubled = False
        return told

    async def _rest(self, rests: int) -> None:
        await asyncio.sleep(RETRIES * self._settings.push_retry_s)


DEFECT = Defect(
    name="sentinel-without-rest",
    what=__doc__,
    seen="This reference as it was: in an hour of refusals its sentinel offered 30,256 messages for 120 phones.",
    parts={Sentinel: WithoutRest},
    caught=(Catch("gate/push-provider-down", "no_storm"),),
)
