"""Stands outside the cloud, with data and a link of its own, and tells everybody when the cloud cannot.

It hears heartbeats with evidence. When a node falls silent or pushes get stuck, it sends a service notice to the
whole roster and opens an incident on the public status page; when all has been well for a while, it says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from itertools import islice

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.alerts.bell import Bell
from deadair.reference.alerts.outage import EVIDENCE, HeardOf, OutageState, assess, hear, still_for_s
from deadair.reference.alerts.provider_pace import AT_ONCE_MAX, next_at_once, rest_max_s
from deadair.reference.alerts.push_message import SEND_PATH, message, says_gone
from deadair.reference.env import Env, Unreachable
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.request_body import read_body
from deadair.reference.http.router import Reply, Router, reply
from deadair.reference.http.share_api import ShareError, parse_json
from deadair.reference.http.status_page import status_routes
from deadair.reference.settings import Settings

LINK, GONE = "sentinel→push", "gone"
UNAVAILABLE = 503
ROSTER_MAX = 1_000_000
SCHEMA = """
CREATE TABLE IF NOT EXISTS roster (follow INTEGER PRIMARY KEY, token TEXT NOT NULL, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, outage_s REAL, incident_s REAL);
"""


class Sentinel:
    """The node."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._db = env.database("sentinel")
        self._db.executescript(SCHEMA)
        rows = self._db.execute("SELECT follow, token, told FROM roster")
        self._roster: dict[int, tuple[str, str]] = {follow: (token, told) for follow, token, told in rows}
        self._state = OutageState(*(self._db.execute("SELECT outage_s, incident_s FROM state").fetchone() or ()))
        # A node never heard of is counted silent from now on; after a restart in an outage, from the beginning of time:
        # nobody may be told that all is well before it was heard.
        since_s = env.now() if self._state.outage_s is None else 0.0
        self._heard = HeardOf(since_s, since_s)
        self._unwritten: set[int] = set()
        """Those on the roster of whom that could not be written down."""
        self._behind = asyncio.Event()
        self._news = Bell()
        self._troubled = False
        """Whether the provider itself was in trouble, as the last answers tell."""
        self._closed_until_s = 0.0
        """Until when it asked to be left alone by everybody."""
        self.apps: dict[str, Router] = {
            "sentinel": Router({("POST", "/heartbeat"): self._hear, **health_route("sentinel", env)}),
            "status": Router(status_routes(lambda: self._state)),
        }

    def figures(self) -> dict[str, float]:
        """Return whom it would tell, what it tells now, and how long ago it heard of whom."""
        state, now_s = self._state, self._env.now()
        ages = {"watchdog_age_s": now_s - self._heard.watchdog_s, "notifier_age_s": now_s - self._heard.notifier_s}
        told = {"outage": state.outage_s is not None, "incident": state.incident_s is not None}
        return {"roster": len(self._roster), **told, **ages}

    async def run(self) -> None:
        """Stand guard for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._assess())
            tasks.create_task(self._announce())

    def assess(self, now_s: float) -> OutageState:
        """Say what is to be announced, by what was heard."""
        return assess(self._state, self._heard, self._settings, now_s)

    async def _assess(self) -> None:
        written = self._state[:2]
        while True:
            self._state = self.assess(self._env.now())
            if self._state[:2] != written:
                self._behind.set()
                with contextlib.suppress(sqlite3.Error), self._db:
                    self._db.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", self._state[:2])
                    written = self._state[:2]
            await self._next_look()

    async def _next_look(self) -> None:
        """Wait a step; while nothing can change, as many until a heartbeat brings news, or one could be missed."""
        step_s, began_s = self._settings.heartbeat_every_s / 4, self._env.now()
        steps = still_for_s(self._state, self._heard, self._settings, began_s) // step_s
        if await self._news.wait(max(1.0, steps) * step_s):
            await asyncio.sleep((began_s - self._env.now()) % step_s)

    async def _hear(self, request: Request) -> Reply:
        """Hear a heartbeat. One that makes no sense is none; one whose roster cannot be kept is to be told again."""
        self._env.cpu(costs.HEARTBEAT_S)
        try:
            said = parse_json(await read_body(request))
            before, (self._heard, tokens) = self._heard, hear(self._heard, said, self._env.now())
            if self._heard[EVIDENCE:] != before[EVIDENCE:]:
                self._news.ring()
        except (ShareError, ValueError) as error:
            return reply({"Message": f"no heartbeat: {error}"}, 400)
        try:
            self._enter(tokens)
        except sqlite3.Error:
            return reply({"Message": "the roster could not be written down: try again"}, 503)
        return reply({"heard": True, "known": len(self._roster)})

    def _enter(self, tokens: list[tuple[int, str]]) -> None:
        # Who has no token was revoked, and is told nothing more.
        new = {
            follow: (token, self._told_before(follow) if token else GONE)
            for follow, token in tokens
            if self._roster.get(follow, ("", ""))[0] != token
        }
        # Who is known may always have another token, or be revoked; only newcomers need room.
        for follow in [one for one in new if one not in self._roster][max(0, ROSTER_MAX - len(self._roster)) :]:
            del new[follow]
            self._env.log("the roster is full", left_out=follow)
        if new:
            # Who is here is told, also while nothing can be written: that may be what there is to be told of.
            self._roster.update(new)
            self._unwritten |= new.keys()
            self._behind.set()
        if self._unwritten:
            rows = [(follow, *self._roster[follow]) for follow in self._unwritten]
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO roster VALUES (?, ?, ?)", rows)
            self._unwritten.clear()

    def _told_before(self, follow: int) -> str:
        """Return what a phone with a new token was told: with the old one perhaps of an outage, and not of its end."""
        may_show_it = self._roster.get(follow, ("", ""))[1] in ("notice", GONE)
        return "notice" if may_show_it and self._state.outage_s is None else ""

    async def _announce(self) -> None:
        """Bring everybody on the roster to the present state: told of the outage, or that it is over.

        Whom a round could not reach is tried again after a rest; the rest is longer from round to round. While the
        provider itself is in trouble, one try now and then tells when that is over, however many are behind.
        """
        at_once, rests, kind, tried = AT_ONCE_MAX, 0, "", set[int]()
        while True:
            self._behind.clear()
            now = "notice" if self._state.outage_s is not None else "back"
            if now != kind:
                at_once, rests, kind, tried = AT_ONCE_MAX, 0, now, set()
            # Who was never told of an outage need not hear that it is over.
            behind = {"notice": ("", "back"), "back": ("notice",)}[kind]
            all_behind = (follow for follow, (_, told) in self._roster.items() if told in behind)
            todo = list(islice((follow for follow in all_behind if follow not in tried), at_once))
            if not todo and not tried:
                await self._behind.wait()
                continue
            self._troubled = False
            reached = await self._tell(todo, kind)
            at_once = next_at_once(at_once, refused=self._troubled)
            tried = {*tried, *todo} - reached
            if reached:
                rests = 0
            elif self._troubled or not todo:
                rests, tried = rests + 1, set()
                await self._rest(rests)

    async def _rest(self, rests: int) -> None:
        """Rest, unless there is news to tell; but as long as the provider asked everybody to, up to the longest."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._behind.wait(), self._env.rng.uniform(0.0, rest_max_s(rests, self._settings)))
        closed_s = self._closed_until_s - self._env.now()
        if 0 < closed_s <= self._settings.push_retry_max_s:
            await asyncio.sleep(closed_s)

    async def _tell(self, follows: list[int], kind: str) -> set[int]:
        """Try to tell these once, all at a time, and a phone that follows several once; return who was reached.

        Each goes to the end of the roster: those who cannot be reached stand in nobody's way. What cannot be written
        down is known until a restart; then they are told once more, which is better than never.
        """
        tokens = {follow: self._roster[follow][0] for follow in follows}
        async with asyncio.TaskGroup() as tasks:
            sent = {token: tasks.create_task(self._send(token, kind)) for token in dict.fromkeys(tokens.values())}
        told = {follow: word for follow, token in tokens.items() if (word := sent[token].result()) is not None}
        for follow in follows:
            token, before = self._roster.pop(follow)
            self._roster[follow] = (token, told.get(follow, before) if token == tokens[follow] else before)
        with contextlib.suppress(sqlite3.Error), self._db:
            self._db.executemany(
                "UPDATE roster SET told=? WHERE follow=? AND token=?",
                [(word, follow, tokens[follow]) for follow, word in told.items()],
            )
        return set(told)

    async def _send(self, token: str, kind: str) -> str | None:
        """Send one message; return what its phone has been told now, none if it was not reached."""
        self._env.cpu(costs.NOTICE_S)
        now_s, lifetime_s = self._env.now(), self._settings.push_lifetime_s
        data = {"kind": kind, "path": "sentinel_push", "sent_s": str(now_s), "expires_s": str(now_s + lifetime_s)}
        body = message({"token": token}, data, lifetime_s=lifetime_s, collapse="service")
        try:
            answer = await self._env.post(LINK, SEND_PATH, body, timeout_s=self._settings.request_timeout_s)
        except Unreachable:
            self._troubled = True
            return None
        if answer.status == 200:
            return kind
        self._troubled |= answer.status >= 500
        if answer.status == UNAVAILABLE:
            asked_s = min(answer.retry_after_s or 0.0, self._settings.push_retry_max_s)
            self._closed_until_s = max(self._closed_until_s, self._env.now() + asked_s)
        return GONE if says_gone(answer.body) else None
