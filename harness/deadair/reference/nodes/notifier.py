"""Delivers pushes until they arrive or are overtaken. Knows no readings and makes no alarms."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson

from deadair.reference import costs
from deadair.reference.alerts.alarms import ALARMS, NO_DATA, OPERATORS, URGENT_LOW, Alarms, Push
from deadair.reference.alerts.provider_pace import AT_ONCE_MAX, next_at_once, rest_max_s
from deadair.reference.alerts.push_message import SEND_PATH, message, says_gone
from deadair.reference.env import Env, Unreachable
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.router import Router
from deadair.reference.settings import Settings

PUSH_LINK = "notifier→push"
BEAT_LINK = "notifier→sentinel"
TOPIC = "operators"
PAGE = AT_ONCE_MAX * 4
OUTBOX_COUNTED_MAX = 10_000
DELIVERED, TOO_MANY, UNAVAILABLE = 200, 429, 503

OWN_TROUBLE_MAX = 20
"""Of so many pushes at the most a refusal may be meant for their phones alone."""

Key = tuple[int, str, float]
"""Of a push: follow, kind, and when it was first made; so a later silence's push does not rest for an earlier one's."""


class Rest(NamedTuple):
    """How often a push was tried, and when to try it again; ``refused``: it was answered, as one that is not taken."""

    tries: int
    until_s: float
    refused: bool


NO_REST = Rest(0, 0.0, refused=False)


class Notifier:
    """The node."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._alarms = Alarms(env)
        self._rests: dict[Key, Rest] = {}
        """Of what the provider took not."""
        self._delivered_s = 0.0
        """When it last took one."""
        self._closed_until_s = 0.0
        """Until when the provider asked to be left alone by everybody."""
        self._finished: dict[Push, Callable[[Push], None]] = {}
        """What needs no more tries, which could not be written down yet."""
        self._failing_since_s: float | None = None
        self._began_s = env.now()
        self._figures = {"outbox": 0.0, "oldest_push_age_s": 0.0}
        self.apps: dict[str, Router] = {"notifier": Router(health_route("notifier", env))}

    def figures(self) -> dict[str, float]:
        """Return what the last heartbeat told, and how long ago a push was last taken."""
        since_s = self._delivered_s or self._began_s
        return {**self._figures, "delivered_age_s": max(0.0, self._env.now() - since_s)}

    async def run(self) -> None:
        """Deliver for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver())
            tasks.create_task(self._beat())

    async def _deliver(self) -> None:
        at_once = AT_ONCE_MAX
        while True:
            try:
                due, waiting = self._due(at_once)
            except sqlite3.Error:
                self._failing()
                await asyncio.sleep(self._settings.push_retry_s)
                continue
            if due:
                async with asyncio.TaskGroup() as tasks:
                    tries = [tasks.create_task(self._try(push)) for push in due]
                refused = not all(one.result() for one in tries)
                at_once = next_at_once(at_once, refused=refused)
                if refused and at_once == 1:
                    # Nothing gets through: one try now and then tells when that is over, however many are waiting.
                    await asyncio.sleep(self._env.rng.uniform(0.0, self._settings.push_retry_s))
            elif waiting:
                await asyncio.sleep(self._settings.drain_every_s)
            else:
                await self._env.changed(ALARMS, every_s=self._settings.drain_every_s)

    def _due(self, most: int) -> tuple[list[Push], bool]:
        """Return what to try now, and whether anything may wait. Who rests stands in nobody's way. While fewer are
        tried at a time than could be, who never was goes first: those refused again and again keep nobody waiting."""
        now_s = self._env.now()
        if now_s < self._closed_until_s <= now_s + self._settings.push_retry_max_s:
            return [], True
        waiting, again = False, list[Push]()
        for page in self._pages():
            waiting = True
            due = [push for push in page if self._rested(push, now_s) and push not in self._finished]
            first = due if most == AT_ONCE_MAX else [push for push in due if key_of(push) not in self._rests]
            if first:
                return first[:most], True
            again += due[: most - len(again)]
        return again, waiting

    def _pages(self) -> Iterator[list[Push]]:
        """Yield all that is undelivered, a page at a time."""
        seen = 0
        while page := self._alarms.undelivered(PAGE, after=seen):
            yield page
            if len(page) < PAGE:
                return
            seen += len(page)

    async def _try(self, push: Push) -> bool:
        """Try once and say whether the provider took it, or knew better. A no-data push past its life is still due:
        what it says stays true until a phone sees again. A low past its life is history."""
        now_s = self._env.now()
        if push.kind == URGENT_LOW and push.expires_s <= now_s:
            self._finish(push, self._alarms.settle)
            return True
        self._env.cpu(costs.PUSH_S)
        body = message_of(push, self._settings, now_s)
        try:
            answer = await self._env.post(PUSH_LINK, SEND_PATH, body, timeout_s=self._settings.request_timeout_s)
        except Unreachable:
            self._rest(push)
            return False
        if answer.status == DELIVERED:
            self._env.note("pushed", follow=push.follow, measured_s=push.measured_s)
            self._delivered_s = self._env.now()
            self._finish(push, self._alarms.settle)
            return True
        if push.follow != OPERATORS and says_gone(answer.body):
            self._env.log("the provider says that the token of a phone is gone", follow=push.follow)
            self._finish(push, self._alarms.token_gone)
            return True
        asked_s = min(answer.retry_after_s or 0.0, self._settings.push_retry_max_s)
        if answer.status == UNAVAILABLE:
            self._closed_until_s = max(self._closed_until_s, self._env.now() + asked_s)
        self._rest(push, asked_s if answer.status == TOO_MANY else 0.0, refused=answer.status != UNAVAILABLE)
        return False

    def _finish(self, push: Push, forget: Callable[[Push], None]) -> None:
        """Forget a push. If that cannot be written down, it is not tried again all the same."""
        self._rests.pop(key_of(push), None)
        try:
            forget(push)
        except sqlite3.Error:
            self._finished[push] = forget
            self._failing()

    def _rest(self, push: Push, least_s: float = 0.0, *, refused: bool = False) -> None:
        """Wait before the next try.

        What the provider itself asks for is kept up to the longest rest of all: followers wait for these. "Too many"
        may be meant for one phone, so it holds back nobody else; "unavailable" is for all.
        """
        tries = self._rests.get(key_of(push), NO_REST).tries + 1
        wait_s = max(least_s, self._env.rng.uniform(0.0, rest_max_s(tries, self._settings)))
        self._env.note("deferred", follow=push.follow)
        self._rests[key_of(push)] = Rest(tries, self._env.now() + wait_s, refused)

    def _rested(self, push: Push, now_s: float) -> bool:
        rests_until_s = self._rests.get(key_of(push), NO_REST).until_s
        # Nothing rests for longer, unless the clock was set back.
        return not now_s < rests_until_s <= now_s + self._settings.push_retry_max_s

    async def _beat(self) -> None:
        """Tell the sentinel that this node lives, and for how long the oldest alert has been undelivered."""
        while True:
            age_s = self._oldest_push_age_s()
            self._report_provider(age_s)
            try:
                body = orjson.dumps({"node": "notifier", "oldest_push_age_s": age_s})
                await self._env.post(BEAT_LINK, "/heartbeat", body, timeout_s=self._settings.request_timeout_s)
            except Unreachable:
                pass
            await asyncio.sleep(self._settings.heartbeat_every_s)

    def _report_provider(self, age_s: float) -> None:
        """Say whether pushes leave. What an earlier life could not deliver is no word about this one's provider."""
        self._figures["oldest_push_age_s"] = age_s
        for_s = min(age_s, self.figures()["delivered_age_s"])
        stuck = self._failing_since_s is None and for_s > self._settings.push_stuck_after_s
        why = f"no push has left for {for_s:.0f} s, and the oldest waits for {age_s:.0f} s" if stuck else ""
        self._env.report("push provider", why, "look whether the provider answers; all is delivered once it does")

    def _oldest_push_age_s(self) -> float:
        """Return it; while the outbox cannot be read or written, at least for how long that has been so."""
        now_s = self._env.now()
        due_s = None
        try:
            for push, forget in list(self._finished.items()):
                forget(push)
                del self._finished[push]
            due_s = self._oldest_due_s()
            self._figures["outbox"] = self._alarms.waiting(OUTBOX_COUNTED_MAX)
            self._failing_since_s = None
        except sqlite3.Error:
            self._failing()
        since_s = [at_s for at_s in (due_s, self._failing_since_s) if at_s is not None]
        return max(0.0, now_s - min(since_s, default=now_s))

    def _oldest_due_s(self) -> float | None:
        """Return when the longest undelivered alert was made, those left out that only their own phones stand for.

        The provider answered them, and took others made later. More than a few at a time are no phones' own trouble.
        """
        waiting = {key_of(push) for page in self._pages() for push in page} if self._rests else set()
        self._rests = {key: rest for key, rest in self._rests.items() if key in waiting}
        own = {key for key, rest in self._rests.items() if rest.refused}
        if not 0 < len(own) <= OWN_TROUBLE_MAX:
            return self._alarms.oldest_due_s()
        alerts = (key for key in waiting if key[1] in (URGENT_LOW, NO_DATA))
        return min((key[2] for key in alerts if key not in own or key[2] >= self._delivered_s), default=None)

    def _failing(self) -> None:
        """Remember since when the outbox has been failing."""
        if self._failing_since_s is None:
            self._failing_since_s = self._env.now()


def message_of(push: Push, settings: Settings, now_s: float) -> bytes:
    """Return the message of a push. Only one that tells of a silence names its path: it is what followers wait for.

    It says when its alarm was made, which is the same however often it is sent: a phone rings once for it.
    """
    lifetime_s = push.expires_s - now_s if push.kind == URGENT_LOW else settings.push_lifetime_s
    data = {
        "kind": push.kind,
        "patient": str(push.patient),
        "onset_s": str(push.onset_s),
        "measured_s": str(push.measured_s) if push.measured_s else "",
        "sent_s": str(now_s),
        "expires_s": str(now_s + lifetime_s),
    }
    if push.kind == NO_DATA:
        data |= {"path": "service_push", "made_s": str(push.expires_s - settings.push_lifetime_s)}
    else:
        data["value"] = str(push.value)
    address = {"topic": TOPIC} if push.follow == OPERATORS else {"token": push.token}
    return message(address, data, lifetime_s=lifetime_s, collapse=f"{push.kind}-{push.follow}")


def key_of(push: Push) -> Key:
    """Return what identifies a push from try to try."""
    return push.follow, push.kind, push.due_s
