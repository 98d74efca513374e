"""Delivers pushes until they arrive or are overtaken. Knows no readings and makes no alarms."""

from __future__ import annotations

import asyncio

import orjson
from starlette.types import ASGIApp

from harness.reference import costs
from harness.reference.alarms import ALARMS, Alarms, Push
from harness.reference.door import Door
from harness.reference.env import Env, Unreachable
from harness.reference.fcm import SEND_PATH, message
from harness.reference.health import health_route
from harness.reference.settings import Settings

PUSH_LINK = "notifier→push"
BEAT_LINK = "notifier→sentinel"
AT_ONCE_MAX = 64
DELIVERED, NO_SUCH_TOKEN, MALFORMED = 200, 404, 400


def next_at_once(at_once: int, *, refused: bool) -> int:
    """Return how many pushes to try at a time next: half as many once the provider took one not, else twice as many.

    A provider that is cut off keeps every try on its way: with all of them at full width, its first minute back would
    be a storm of what was given up long ago, and the phones' too.
    """
    return max(1, at_once // 2) if refused else min(AT_ONCE_MAX, at_once * 2)


class Notifier:
    """The node."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._alarms = Alarms(env)
        self._tries: dict[int, int] = {}
        self._rest_until_s: dict[int, float] = {}
        self.apps: dict[str, ASGIApp] = {"notifier": Door(health_route("notifier", env))}

    async def run(self) -> None:
        """Deliver for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver())
            tasks.create_task(self._beat())

    async def _deliver(self) -> None:
        at_once = AT_ONCE_MAX
        while True:
            now_s = self._env.now()
            waiting = self._alarms.undelivered(most=AT_ONCE_MAX * 16)
            due = [push for push in waiting if self._rest_until_s.get(push.follow, 0.0) <= now_s][:at_once]
            if due:
                async with asyncio.TaskGroup() as tasks:
                    tries = [tasks.create_task(self._try(push)) for push in due]
                at_once = next_at_once(at_once, refused=not all(one.result() for one in tries))
            elif waiting:
                await asyncio.sleep(self._settings.drain_every_s)
            else:
                await self._env.changed(ALARMS, every_s=self._settings.drain_every_s)

    async def _try(self, push: Push) -> bool:
        """Try once and say whether the provider took it, or knew better. A push past its life is still due: what it
        says stays true until a phone sees again."""
        self._env.cpu(costs.PUSH_S)
        data = {
            "kind": "no_data",
            "path": "service_push",
            "patient": str(push.patient),
            "onset_s": str(push.onset_s),
            "measured_s": str(push.measured_s) if push.measured_s else "",
            "sent_s": str(self._env.now()),
            "expires_s": str(self._env.now() + self._settings.push_lifetime_s),
        }
        body = message(push.token, data, lifetime_s=self._settings.push_lifetime_s, collapse=f"no-data-{push.follow}")
        try:
            status, _ = await self._env.post(PUSH_LINK, SEND_PATH, body, timeout_s=self._settings.request_timeout_s)
        except Unreachable:
            status = 0
        if status == DELIVERED:
            self._env.note("pushed", follow=push.follow, measured_s=push.measured_s)
            self._alarms.settle(push)
        elif status in (NO_SUCH_TOKEN, MALFORMED):
            self._alarms.token_gone(push)
        else:
            self._rest(push)
            return False
        self._tries.pop(push.follow, None)
        self._rest_until_s.pop(push.follow, None)
        return True

    def _rest(self, push: Push) -> None:
        """Wait before the next try: exponential with full jitter, so that a healed provider is not stormed."""
        tries = self._tries[push.follow] = self._tries.get(push.follow, 0) + 1
        most_s = min(self._settings.push_retry_max_s, self._settings.push_retry_s * 2.0 ** min(tries, 16))
        self._rest_until_s[push.follow] = self._env.now() + self._env.rng.uniform(0.0, most_s)

    async def _beat(self) -> None:
        """Tell the sentinel that this node lives, and for how long the oldest push has been undelivered."""
        while True:
            due_s = self._alarms.oldest_due_s()
            age_s = self._env.now() - due_s if due_s is not None else 0.0
            try:
                body = orjson.dumps({"node": "notifier", "oldest_push_age_s": age_s})
                await self._env.post(BEAT_LINK, "/heartbeat", body, timeout_s=self._settings.request_timeout_s)
            except Unreachable:
                pass
            await asyncio.sleep(self._settings.heartbeat_every_s)
