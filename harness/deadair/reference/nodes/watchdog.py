"""One timer per follow, on what the phone confirmed. When it runs out, the follower is told, again and again.

Runs in a process of its own and needs nobody to reach a decision: no gateway, no processor, no store. What is decided
is in ``decision``; here is when it is looked at, and that what was decided is written down before anything else.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Set

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.alerts.alarms import Alarms, Push, Watched
from deadair.reference.alerts.bell import Bell
from deadair.reference.alerts.decision import alarm_at_s, decide, merge, watched_of
from deadair.reference.alerts.heartbeats import Heartbeats
from deadair.reference.alerts.lows import Lows, lows_of
from deadair.reference.alerts.reach import Reach
from deadair.reference.alerts.timers import Timers
from deadair.reference.env import Env
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.json_fields import rows
from deadair.reference.http.request_body import read_body
from deadair.reference.http.router import Reply, Router, reply
from deadair.reference.http.share_api import ShareError, parse_json
from deadair.reference.settings import Settings

DECIDED_AT_ONCE_MAX = 500
"""Heartbeats and evidence are heard between two such parts of a storm of alarms."""
NOT_WRITTEN = reply({"Message": "this could not be written down: try again"}, 503)


class Watchdog:
    """The node."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._alarms = Alarms(env)
        self._lows = Lows(self._alarms, current_s=settings.fresh_within_s, same_within_s=settings.low_same_within_s)
        self._heartbeats = Heartbeats(env, settings, self._alarms, self._evidence)
        self._reach = Reach(env, settings, self._alarms)
        self._watched: dict[int, Watched] = {}
        self._unwritten: set[int] = set()
        """Follows of which more is known than could be written down."""
        self._unsaved_since_s: float | None = None
        """Since when there has been an alarm that could not be written down."""
        for watched in self.remembered():
            self._know(watched)
        self._looked_s = self._told_s = env.now()
        self._counted: dict[str, float] = {}
        self._set_timers(self._looked_s)
        self._sooner = Bell()
        routes = {
            ("POST", "/evidence"): self._take,
            ("POST", "/lows"): self._take_lows,
            **health_route("watchdog", env),
        }
        self.apps: dict[str, Router] = {"watchdog": Router(routes)}

    def remembered(self) -> list[Watched]:
        """Return the follows to begin with: all that were known before a restart."""
        return self._alarms.watched()

    def figures(self) -> dict[str, float]:
        """Return what the last heartbeat told, and how long ago the gateway told anything."""
        return {**self._counted, "evidence_age_s": max(0.0, self._env.now() - self._told_s)}

    async def run(self) -> None:
        """Watch for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._heartbeats.run())

    async def may_decide(self) -> None:
        """Wait for whatever must come before alarms: nothing."""

    def decide(self, watched: Watched, now_s: float) -> tuple[Watched, Push | None, float]:
        """Decide about one follow whose timer went off."""
        return decide(watched, self._settings, now_s)

    async def _watch(self) -> None:
        while True:
            now_s = self._env.now()
            if now_s < self._looked_s:
                self._set_timers(now_s)
            self._looked_s = now_s
            # Never asleep for long: a machine that stood still finds its clock far ahead, and nothing to wake it.
            wait_s = min(self._timers.next_s() - now_s, self._settings.heartbeat_every_s)
            if wait_s > 0:
                await self._sooner.wait(wait_s)
                continue
            await self.may_decide()
            await asyncio.sleep(0 if self._decide_due() else self._settings.push_retry_s)

    def _set_timers(self, now_s: float) -> None:
        """Set all timers. What is of much later than now is of a clock that was set back: what was told then is untold,
        and what began or was seen is of now at the latest."""
        latest_s = now_s + self._settings.realarm_every_s
        for one in list(self._watched.values()):
            if max(one.since_s, one.confirmed_s, one.alarmed_s) > latest_s:
                right = one._replace(since_s=min(one.since_s, now_s), confirmed_s=min(one.confirmed_s, now_s))
                untold = right._replace(told_s=0.0, alarmed_s=0.0)
                self._watched[one.follow] = untold if one.alarmed_s > latest_s else right
        self._timers = Timers((one.follow, alarm_at_s(one, self._settings)) for one in self._watched.values())

    def _decide_due(self) -> bool:
        """Decide a part of what is due; say whether it could be written down. If not, it is due still."""
        now_s = self._env.now()
        due = self._timers.due(now_s, DECIDED_AT_ONCE_MAX)
        decided = [self.decide(self._watched[follow], now_s) for follow in due]
        pushes = [push._replace(token=self._reach.token(push)) for _, push, _ in decided if push is not None]
        if pushes:
            self._env.cpu(costs.ALARM_S * len(pushes))
            for push in pushes:
                self._env.note("timer", follow=push.follow, onset_s=push.onset_s, measured_s=push.measured_s)
            try:
                self._alarms.save([after for after, push, _ in decided if push is not None], pushes, [])
            except sqlite3.Error:
                for follow in due:
                    self._timers.set(follow, now_s)
                self._unsaved_since_s = self._unsaved_since_s or now_s
                return False
            self._unsaved_since_s = None
            self._note_outbox(pushes)
        for after, _, look_s in decided:
            self._watched[after.follow] = after
            self._timers.set(after.follow, look_s)
        return True

    async def _take(self, request: Request) -> Reply:
        """Take evidence. An entry that makes no sense does not keep the others out; what is known is not written again.

        What could not be written down is believed all the same, and asked for again.
        """
        try:
            entries = rows(parse_json(await read_body(request)))
        except (ShareError, ValueError) as error:
            return reply({"Message": f"no evidence: {error}"}, 400)
        self._env.cpu(costs.EVIDENCE_S + costs.EVIDENCE_ENTRY_S * len(entries))
        now_s = self._told_s = self._env.now()
        changed: dict[int, Watched] = {}
        moved, withdrawn, refused = [], [], 0
        for entry in entries:
            try:
                new = watched_of(entry, self._settings, now_s)
            except ValueError:
                refused += 1
                continue
            old = self._watched.get(new.follow)
            merged = merge(old, new, now_s)
            unwritten = new.follow in self._unwritten
            if merged == old and not unwritten:
                continue
            self._know(merged)
            changed[new.follow] = merged
            self._env.note("confirmed", follow=new.follow, measured_s=merged.confirmed_s)
            if unwritten or (old and (old.token, old.revision) != (merged.token, merged.revision)):
                moved.append(merged)
                self._reach.registered(new.follow)
            if merged.onset_s > now_s and (unwritten or (old and old.alarmed_s > 0)):
                withdrawn.append(new.follow)
            look_s = alarm_at_s(merged, self._settings)
            if look_s < self._timers.at_s(new.follow):
                self._timers.set(new.follow, look_s)
                self._sooner.ring()
        if changed:
            try:
                self._alarms.save(changed.values(), [], withdrawn, moved=moved)
            except sqlite3.Error:
                self._unwritten.update(changed)
                return NOT_WRITTEN
            self._unsaved_since_s = None
            self._unwritten.difference_update(changed)
        return reply({"taken": len(entries) - refused, "refused": refused})

    async def _take_lows(self, request: Request) -> Reply:
        """Take urgent lows and tell of them."""
        try:
            lows = lows_of(parse_json(await read_body(request)))
        except (ShareError, ValueError) as error:
            return reply({"Message": f"no lows: {error}"}, 400)
        try:
            pushes, written = self._lows.tell(lows, self._followers, self._env.now())
        except sqlite3.Error:
            self._unsaved_since_s = self._unsaved_since_s or self._env.now()
            return NOT_WRITTEN
        if written:
            self._unsaved_since_s = None
        self._env.cpu(costs.EVIDENCE_S + costs.ALARM_S * len(pushes))
        self._note_outbox(pushes)
        return reply({"taken": len(lows)})

    def _know(self, watched: Watched) -> None:
        """Keep what is known of a follow now; the sentinel is to know of each phone."""
        old = self._watched.get(watched.follow)
        if old is None or old.token != watched.token:
            self._heartbeats.enter(watched.follow, watched.token)
        self._watched[watched.follow] = watched

    def _followers(self, patients: Set[int]) -> list[Watched]:
        """Return the follows of some patients that have a phone, as a push is addressed to it."""
        found = [one for one in self._watched.values() if one.patient in patients and one.token]
        return [one._replace(token=self._reach.token(one)) for one in found]

    def _note_outbox(self, pushes: list[Push]) -> None:
        for push in pushes:
            self._env.note("outbox", follow=push.follow, measured_s=push.measured_s)

    def _evidence(self) -> dict[str, float]:
        """Look whom no push reaches, and return what the sentinel hears: how many phones are blind, how long a decided
        alarm has waited at the most, and how many cannot be reached."""
        now_s = self._env.now()
        self._reach.look()
        self._watched |= {told.follow: told for told in self._reach.tell_operators(self._watched.values(), now_s)}
        # Counted one by one: a list of all their onsets would be megabytes, again with each heartbeat.
        counts = dict.fromkeys(("follows", "blind", "unreachable", "unreachable_blind", "gone"), 0)
        for watched in self._watched.values():
            if self._reach.is_gone(watched):
                counts["gone"] += 1
            elif watched.no_data_after_s:
                counts["follows" if watched.token else "unreachable"] += 1
                counts["blind" if watched.token else "unreachable_blind"] += watched.onset_s <= now_s
        self._counted = {**counts, "overdue_s": max(0.0, now_s - (self._unsaved_since_s or now_s))}
        return self._counted
