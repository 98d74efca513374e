"""The watchdog and the sentinel watch each other: heartbeats with evidence go there, and that they are answered tells
that it lives.

A sentinel that does not answer is told to the operators, once, and once more when it is back. Followers are not
woken: they lost a second line of defence, not the first, and those who wake people for what needs nothing of them
teach them to switch alarms off.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable

import orjson

from deadair.reference.alerts.alarms import OPERATORS, WATCH_DOWN, WATCH_UP, Alarms, Push
from deadair.reference.env import Env, Unreachable
from deadair.reference.http.json_fields import record, whole
from deadair.reference.http.share_api import BODY_BYTES_MAX, ShareError, parse_json
from deadair.reference.settings import Settings

LINK = "watchdog→sentinel"
ROSTER_BYTES_MAX = BODY_BYTES_MAX - 1000
"""How much of the roster goes along with one heartbeat: as much as the sentinel takes, beside what else it says."""

BeatEvidence = Callable[[], dict[str, float]]
"""Returns how the watchdog is: what a heartbeat says beside the roster."""


class Heartbeats:
    """The watchdog's side of it."""

    def __init__(self, env: Env, settings: Settings, alarms: Alarms, evidence: BeatEvidence) -> None:
        self._env = env
        self._settings = settings
        self._alarms = alarms
        self._evidence = evidence
        self._unheard: dict[int, str] = {}
        """Follows and tokens that the sentinel has not confirmed to know."""
        self._known = 0
        """How many follows the sentinel said it knows; it forgets none, unless its disk did."""
        self._down = alarms.sentinel_down()
        # A sentinel that never answered is counted silent from now on, not from the beginning of time.
        self._answered_s = env.now()

    def enter(self, follow: int, token: str) -> None:
        """Take a phone into the roster of those who are told if all else fails."""
        self._unheard[follow] = token

    async def run(self) -> None:
        """Beat for ever; the roster goes along in parts, faster than usual while there are more of them."""
        while True:
            answered = await self.beat()
            self.judge(answered=answered)
            more = answered and self._unheard
            await asyncio.sleep(self._settings.push_retry_s if more else self._settings.heartbeat_every_s)

    async def beat(self) -> bool:
        """Tell the sentinel once, and say whether it heard."""
        part = self._part()
        body = orjson.dumps({"node": "watchdog", **self._evidence(), "tokens": part})
        try:
            answer = await self._env.post(LINK, "/heartbeat", body, timeout_s=self._settings.request_timeout_s)
        except Unreachable:
            return False
        if answer.status == 200:
            for follow, token in part:
                if self._unheard[follow] == token:
                    del self._unheard[follow]
            if not self._unheard:
                self._unheard = {}  # a dict that everybody was in keeps the room for them
            known = _known(answer.body, self._known)
            with contextlib.suppress(sqlite3.Error):
                if known < self._known:
                    self._tell_all_again()
                self._known = known
        return answer.status == 200

    def _part(self) -> list[tuple[int, str]]:
        """Return as many of the unheard as go along with a heartbeat."""
        part, left_bytes = [], ROSTER_BYTES_MAX
        for entry in self._unheard.items():
            left_bytes -= len(orjson.dumps(entry)) + 1
            if left_bytes < 0:
                break
            part.append(entry)
        return part

    def judge(self, *, answered: bool) -> None:
        """Tell the operators if the sentinel died or is back; if that cannot be written down, after the next beat."""
        now_s, silent_since_s = self._env.now(), self._answered_s
        if answered:
            self._answered_s = now_s
        dead = not answered and now_s - silent_since_s > self._settings.dead_after_s
        if (answered and self._down) or (dead and not self._down):
            kind, expires_s = WATCH_DOWN if dead else WATCH_UP, now_s + self._settings.push_lifetime_s
            with contextlib.suppress(sqlite3.Error):
                self._alarms.tell_operators(Push(OPERATORS, 0, "", silent_since_s, 0.0, now_s, expires_s, kind))
                self._down = dead
                if answered:  # perhaps on another disk
                    self._tell_all_again()

    def _tell_all_again(self) -> None:
        self._unheard = {one.follow: one.token for one in self._alarms.watched()} | self._unheard


def _known(body: bytes, before: int) -> int:
    """Return how many follows the sentinel says it knows; as many as before, if it does not say so."""
    try:
        return whole(record(parse_json(body)).get("known", before), "known")
    except (ShareError, ValueError):
        return before
