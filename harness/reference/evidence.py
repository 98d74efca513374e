"""What the gateway tells the watchdog: who follows whom, and what each phone has confirmed that it shows.

Evidence is what the phone says it shows; not what was stored, and not what was handed out, for the answer may be
lost on the way. Losing evidence is harmless, since its absence never disarms a timer; losing a *registration* would
leave a phone without one, so all of them are told again whenever the gateway starts.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import orjson

from harness.reference import costs
from harness.reference.accounts import Follow
from harness.reference.env import Env, Unreachable
from harness.reference.settings import Settings

ENTRIES_MAX = 500
LINK = "gateway→watchdog"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One follow as the watchdog needs it; ``confirmed_s`` is the newest measured time shown, 0 if none yet."""

    follow: int
    patient: int
    token: str
    no_data_after_s: float
    since_s: float
    confirmed_s: float


class EvidenceSender:
    """Sends evidence in batches; keeps only the newest of each follow, so it can never grow beyond them."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._waiting: dict[int, Evidence] = {}
        self._some = asyncio.Event()

    def registered(self, follow: Follow) -> None:
        """A phone began to follow, or has a new token."""
        self._tell(follow, 0.0)

    def uploaded(self, follows: tuple[Follow, ...], newest_measured_s: float) -> None:
        """Readings of a patient were acknowledged: no evidence that anybody sees them."""

    def asked(self, follow: Follow) -> None:
        """A phone's poll arrived, before it is known whether it will be answered: no evidence of anything."""

    def confirmed(self, follow: Follow, shown_s: float) -> None:
        """A phone said what it shows."""
        self._tell(follow, shown_s)

    def _tell(self, follow: Follow, confirmed_s: float) -> None:
        known = self._waiting.get(follow.number)
        newest_s = max(confirmed_s, known.confirmed_s if known else 0.0)
        self._waiting[follow.number] = Evidence(
            follow.number, follow.patient, follow.token, follow.no_data_after_s, follow.since_s, newest_s
        )
        self._some.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            await self._some.wait()
            self._env.cpu(costs.EVIDENCE_SENT_S)
            batch = dict(list(self._waiting.items())[:ENTRIES_MAX])
            body = orjson.dumps(list(batch.values()))
            try:
                answer = await self._env.post(LINK, "/evidence", body, timeout_s=self._settings.request_timeout_s)
                status = answer.status
            except Unreachable:
                status = 0
            if status == 200:
                for number, entry in batch.items():
                    if self._waiting.get(number) is entry:
                        del self._waiting[number]
                if not self._waiting:
                    self._some.clear()
            else:
                await asyncio.sleep(self._settings.push_retry_s)
