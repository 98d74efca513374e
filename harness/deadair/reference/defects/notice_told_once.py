"""Tells nobody of an outage who was told of one before."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings


class NoticeToldOnce(Sentinel):
    """Knows every notice again that it has sent: the words are the same."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._ever: set[str] = set()

    async def _send(self, token: str, kind: str) -> str | None:
        if kind == "notice" and token in self._ever:
            return kind
        told = await super()._send(token, kind)
        if told == "notice":
            self._ever.add(token)
        return told


DEFECT = Defect(
    name="notice-told-once",
    what=__doc__,
    seen="No report of one was found. Thanksgiving 2019 had a second, brief disruption two nights after the first.",
    parts={Sentinel: NoticeToldOnce},
    caught=(Catch("smoke/second-outage"),),
)
