"""While there is no room, passwords are not checked, for that is dear, and nobody who is worried must be kept out."""

from __future__ import annotations

from typing import Any, cast

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.admission import Gate, Urgency
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.settings import Settings

BUSY_FOR = 0.01
"""It is busy for so long after it had no room for somebody: a share of how long a lock-out lasts."""


class OpenGate:
    """Lets every log-in in, and knows whether there was room for all."""

    def __init__(self, gate: Gate, busy_for_s: float) -> None:
        self._gate = gate
        self._busy_for_s = busy_for_s
        self._busy_until_s = 0.0

    async def enter(self, account: str, kind: Urgency, now_s: float) -> float | None:
        """Return none for a log-in."""
        wait_s = await self._gate.enter(account, kind, now_s)
        if wait_s is not None:
            self._busy_until_s = now_s + self._busy_for_s
        return None if kind is Urgency.LOGIN else wait_s

    def busy(self, now_s: float) -> bool:
        """Say whether there was no room a moment ago."""
        return now_s < self._busy_until_s


class SparingEnv:
    """The world, in which a password fits while the gate is busy."""

    def __init__(self, env: Env, gate: OpenGate) -> None:
        self._env = env
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    async def password_fits(self, hashed: str, password: str) -> bool:
        """Save the work while there is too much of it."""
        return self._gate.busy(self._env.now()) or await self._env.password_fits(hashed, password)


class OpenGateway(Gateway):
    """A gateway that is so."""

    def __init__(self, env: Env, settings: Settings, admission: Gate, *parts: Any) -> None:
        gate = OpenGate(admission, BUSY_FOR * settings.lockout_s)
        super().__init__(cast(Env, SparingEnv(env, gate)), settings, gate, *parts)


DEFECT = Defect(
    name="any-password-when-busy",
    what=__doc__,
    seen="No report of one was found in a follow service. Elsewhere doors that fail open are well known.",
    parts={Gateway: OpenGateway},
    caught=(Catch("smoke/keeps-out", "keeps_out"),),
)
