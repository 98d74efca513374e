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
from deadair.reference.alerts.outage import HeardOf, OutageState, assess, hear
from deadair.reference.alerts.push_message import SEND_PATH, message, says_gone
from deadair.reference.env import Env, Unreachable
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.request_body import read_body
from deadair.reference.http.router import Reply, Router, reply
from deadair.reference.http.share_api import ShareError, parse_json
from deadair.reference.http.status_page import status_routes
from deadair.reference.settings import Settings

LINK = "sentinel→push"
AT_ONCE_MAX = 64
ROSTER_MAX = 1_000_000
GONE = "gone"
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

    async def _assess(self) -> None:
        written = (self._state.outage_s, self._state.incident_s)
        while True:
            self._state = assess(self._state, self._heard, self._settings, self._env.now())
            now = (self._state.outage_s, self._state.incident_s)
            if now != written:
                self._behind.set()
                with contextlib.suppress(sqlite3.Error), self._db:
                    self._db.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", now)
                    written = now
            await asyncio.sleep(self._settings.heartbeat_every_s / 4)

    async def _hear(self, request: Request) -> Reply:
        """Hear a heartbeat. One that makes no sense is none; one whose roster cannot be written down is to be told
        again."""
        self._env.cpu(costs.HEARTBEAT_S)
        try:
            said = parse_json(await read_body(request))
            self._heard, tokens = hear(self._heard, said, self._env.now())
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
        newcomers = [follow for follow in new if follow not in self._roster]
        for follow in newcomers[max(0, ROSTER_MAX - len(self._roster)) :]:
            del new[follow]
            self._env.log("the roster is full", left_out=follow)
        if new:
            # Who is here is told, also while nothing can be written: that may be what there is to be told of.
            self._roster.update(new)
            self._unwritten |= new.keys()
            self._behind.set()
        if self._unwritten:
            with self._db:
                rows = [(follow, *self._roster[follow]) for follow in self._unwritten]
                self._db.executemany("INSERT OR REPLACE INTO roster VALUES (?, ?, ?)", rows)
            self._unwritten.clear()

    def _told_before(self, follow: int) -> str:
        """Return what a phone with a new token was told: with the old one perhaps of an outage, and not of its end."""
        may_show_it = self._roster.get(follow, ("", ""))[1] in ("notice", GONE)
        return "notice" if may_show_it and self._state.outage_s is None else ""

    async def _announce(self) -> None:
        """Bring everybody on the roster to the present state: told of the outage, or that it is over."""
        while True:
            kind = "notice" if self._state.outage_s is not None else "back"
            # Who was never told of an outage need not hear that it is over.
            behind = {"notice": ("", "back"), "back": ("notice",)}[kind]
            all_behind = (follow for follow, (_, told) in self._roster.items() if told in behind)
            todo = list(islice(all_behind, AT_ONCE_MAX))
            if not todo:
                self._behind.clear()
                await self._behind.wait()
                continue
            if not await self._tell(todo, kind):
                await asyncio.sleep(self._settings.push_retry_s)

    async def _tell(self, follows: list[int], kind: str) -> int:
        """Try to tell these once, all at a time; return how many were reached.

        Each goes to the end of the roster: those who cannot be reached stand in nobody's way. What cannot be written
        down is known until a restart; then they are told once more, which is better than never.
        """
        tokens = {follow: self._roster[follow][0] for follow in follows}
        async with asyncio.TaskGroup() as tasks:
            sent = {follow: tasks.create_task(self._send(token, kind)) for follow, token in tokens.items()}
        told = {follow: word for follow, task in sent.items() if (word := task.result()) is not None}
        for follow in follows:
            token, before = self._roster.pop(follow)
            self._roster[follow] = (token, told.get(follow, before) if token == tokens[follow] else before)
        with contextlib.suppress(sqlite3.Error), self._db:
            self._db.executemany(
                "UPDATE roster SET told=? WHERE follow=? AND token=?",
                [(word, follow, tokens[follow]) for follow, word in told.items()],
            )
        return len(told)

    async def _send(self, token: str, kind: str) -> str | None:
        """Send one message; return what its phone has been told now, none if it was not reached."""
        self._env.cpu(costs.NOTICE_S)
        now_s = self._env.now()
        expires_s = now_s + self._settings.push_lifetime_s
        data = {"kind": kind, "path": "sentinel_push", "sent_s": str(now_s), "expires_s": str(expires_s)}
        body = message({"token": token}, data, lifetime_s=self._settings.push_lifetime_s, collapse="service")
        try:
            answer = await self._env.post(LINK, SEND_PATH, body, timeout_s=self._settings.request_timeout_s)
        except Unreachable:
            return None
        if answer.status == 200:
            return kind
        return GONE if says_gone(answer.body) else None
