"""One timer per follow, on what the phone confirmed. When it runs out, the follower is told, again and again.

Runs in a process of its own and needs nobody to reach a decision: no gateway, no processor, no store.
``decide`` is the whole of the deciding, and pure. Nothing mutes it: not a gap however long, not a patient never
heard of, not another alarm, not a pause of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from harness.reference import costs
from harness.reference.alarms import Alarms, Push, Watched
from harness.reference.body import read_body
from harness.reference.door import Door, Reply, reply
from harness.reference.env import Env, Unreachable
from harness.reference.health import health_route
from harness.reference.settings import Settings
from harness.reference.share_api import ShareError, parse_json

LINK = "watchdog→sentinel"
ROSTER_PART = 500


def decide(watched: Watched, settings: Settings, now_s: float) -> tuple[Watched, Push | None, float]:
    """Return the follow after now, the push to send if one is due, and when to look again."""
    if now_s < watched.onset_s:
        return watched, None, watched.onset_s
    again_s = watched.alarmed_s + settings.realarm_every_s
    if watched.alarmed_s >= watched.onset_s and now_s < again_s:
        return watched, None, again_s
    push = Push(
        watched.follow,
        watched.patient,
        watched.token,
        onset_s=watched.onset_s,
        measured_s=watched.confirmed_s,
        due_s=now_s,
        expires_s=now_s + settings.push_lifetime_s,
    )
    return replace(watched, alarmed_s=now_s), push, now_s + settings.realarm_every_s


class Watchdog:
    """The node."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._alarms = Alarms(env)
        self._watched = {watched.follow: watched for watched in self.remembered()}
        self._looks = {follow: watched.onset_s for follow, watched in self._watched.items()}
        self._timers = [(look_s, follow) for follow, look_s in self._looks.items()]
        heapq.heapify(self._timers)
        self._sooner = asyncio.Event()
        self._roster: list[int] = list(self._watched)
        self._roster_told = 0
        routes = {("POST", "/evidence"): self._take, **health_route("watchdog", env)}
        self.apps: dict[str, ASGIApp] = {"watchdog": Door(routes)}

    def remembered(self) -> list[Watched]:
        """Return the follows to begin with: all that were known before a restart."""
        return self._alarms.watched()

    async def run(self) -> None:
        """Watch for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._beat())

    async def may_decide(self) -> None:
        """Wait for whatever must come before alarms: nothing."""

    async def _watch(self) -> None:
        while True:
            wait_s = self._timers[0][0] - self._env.now() if self._timers else self._settings.heartbeat_every_s
            if wait_s > 0:
                self._sooner.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._sooner.wait(), wait_s)
                continue
            await self.may_decide()
            self._decide_due()

    def _decide_due(self) -> None:
        now_s = self._env.now()
        changed, pushes = [], []
        while self._timers and self._timers[0][0] <= now_s:
            look_s, follow = heapq.heappop(self._timers)
            if self._looks[follow] != look_s:
                continue  # an earlier look was set meanwhile
            watched, push, look_s = decide(self._watched[follow], self._settings, now_s)
            self._look_at(follow, look_s)
            if push is not None:
                self._watched[follow] = watched
                changed.append(watched)
                pushes.append(push)
        if pushes:
            self._env.cpu(costs.ALARM_S * len(pushes))
            for push in pushes:
                self._env.note("timer", follow=push.follow, onset_s=push.onset_s, measured_s=push.measured_s)
            self._alarms.save(changed, pushes, [])
            for push in pushes:
                self._env.note("outbox", follow=push.follow, measured_s=push.measured_s)

    def _look_at(self, follow: int, look_s: float) -> None:
        self._looks[follow] = look_s
        heapq.heappush(self._timers, (look_s, follow))

    async def _take(self, request: Request) -> Reply:
        """Take evidence. Whatever is already known is not written again."""
        try:
            entries = parse_json(await read_body(request))
            changed, overtaken = self._merge([_watched(entry) for entry in entries])
        except (ShareError, ValueError, TypeError, KeyError) as error:
            return reply({"Message": f"no evidence: {error}"}, 400)
        self._env.cpu(costs.EVIDENCE_S + costs.EVIDENCE_ENTRY_S * len(entries))
        if changed or overtaken:
            self._alarms.save(changed, [], overtaken)
        return reply({"taken": len(entries)})

    def _merge(self, entries: list[Watched]) -> tuple[list[Watched], list[int]]:
        now_s = self._env.now()
        changed, overtaken = [], []
        for new in entries:
            old = self._watched.get(new.follow)
            if old is None:
                merged = new
                self._roster.append(new.follow)
            else:
                confirmed_s = max(old.confirmed_s, new.confirmed_s)
                merged = replace(new, since_s=old.since_s, confirmed_s=confirmed_s, alarmed_s=old.alarmed_s)
                if merged.token != old.token:
                    self._roster.append(new.follow)
            if merged == old:
                continue
            self._watched[new.follow] = merged
            changed.append(merged)
            self._env.note("confirmed", follow=new.follow, measured_s=merged.confirmed_s)
            if merged.onset_s > now_s and merged.alarmed_s > 0:
                overtaken.append(new.follow)
            if old is None or merged.onset_s < self._looks[new.follow]:
                self._look_at(new.follow, merged.onset_s)
                self._sooner.set()
        return changed, overtaken

    async def _beat(self) -> None:
        """Tell the sentinel that this node lives, how many are blind, and who is to be told if all else fails."""
        while True:
            now_s = self._env.now()
            blind = sum(1 for watched in self._watched.values() if watched.onset_s <= now_s)
            part = self._roster[self._roster_told : self._roster_told + ROSTER_PART]
            beat = {
                "node": "watchdog",
                "follows": len(self._watched),
                "blind": blind,
                "tokens": [[follow, self._watched[follow].token] for follow in part],
            }
            try:
                body = orjson.dumps(beat)
                status, _ = await self._env.post(LINK, "/heartbeat", body, timeout_s=self._settings.request_timeout_s)
                if status == 200:
                    self._roster_told += len(part)
            except Unreachable:
                pass
            await asyncio.sleep(self._settings.heartbeat_every_s)


def _watched(entry: dict[str, Any]) -> Watched:
    return Watched(
        int(entry["follow"]),
        int(entry["patient"]),
        str(entry["token"]),
        float(entry["no_data_after_s"]),
        float(entry["since_s"]),
        float(entry["confirmed_s"]),
        alarmed_s=0.0,
    )
