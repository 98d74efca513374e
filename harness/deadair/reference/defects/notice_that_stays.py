"""Tells everybody of an outage, and nobody of its end."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.sentinel import Sentinel


class NoticeThatStays(Sentinel):
    """Counts those as told whom it did not tell."""

    async def _send(self, token: str, kind: str) -> str | None:
        return kind if kind == "back" else await super()._send(token, kind)


DEFECT = Defect(
    name="notice-that-stays",
    what=__doc__,
    seen="No report of one was found.",
    parts={Sentinel: NoticeThatStays},
    caught=(Catch("smoke/second-outage", "clears"),),
)
