"""An Env whose clock the test sets, whose databases live in memory, and whose network is a list."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from random import Random

from deadair.reference.env import PeerAnswer, Unreachable

UNREGISTERED = PeerAnswer(404, b'{"error": {"details": [{"errorCode": "UNREGISTERED"}]}}')
"""What the provider says of a token that no phone has any more."""


class FakeEnv:
    """``posts`` are (link, path, body); ``answers`` maps a link to the status it answers, none: unreachable.

    ``checked``: the hashes that passwords were compared with.
    ``retry_after_s`` maps a link to what it asks for with every answer.
    ``reported``: what became a trouble, or no longer is one, and why.
    ``refusals`` maps words in a body to the whole answer to it, from a link that can be reached.
    """

    def __init__(self, now_s: float = 1_000_000.0) -> None:
        self.now_s = now_s
        self.rng = Random(7)
        self.hashes_at_once = 1
        self.posts: list[tuple[str, str, bytes]] = []
        self.answers: dict[str, int | None] = {}
        self.retry_after_s: dict[str, float] = {}
        self.refusals: dict[bytes, PeerAnswer] = {}
        self.notes: list[tuple[str, dict[str, float | str]]] = []
        self.checked: list[str] = []
        self.logged: list[tuple[str, dict[str, float | str]]] = []
        self.why_not_ready = ""
        self.reported: list[tuple[str, str]] = []
        self._databases: dict[str, sqlite3.Connection] = {}

    def now(self) -> float:
        return self.now_s

    async def post(self, link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        self.posts.append((link, path, body))
        status = self.answers.get(link, 200)
        if status is None:
            raise Unreachable(link)
        refused = (answer for words, answer in self.refusals.items() if words in body)
        return next(refused, PeerAnswer(status, b"{}", self.retry_after_s.get(link)))

    def database(self, name: str) -> sqlite3.Connection:
        if name not in self._databases:
            self._databases[name] = sqlite3.connect(":memory:")
        return self._databases[name]

    def remote_database(self, link: str, steps: Sequence[str]) -> None:
        pass

    async def changed(self, name: str, *, every_s: float) -> None:
        await asyncio.sleep(every_s)

    def note(self, event: str, **facts: float | str) -> None:
        self.notes.append((event, facts))

    def log(self, event: str, **facts: float | str) -> None:
        self.logged.append((event, facts))

    def report(self, what: str, why: str, remedy: str = "") -> None:
        if dict(self.reported).get(what, "") != why:
            self.reported.append((what, why))

    def trouble(self) -> str:
        return self.why_not_ready

    def cpu(self, seconds: float) -> None:
        pass

    async def hash_password(self, password: str) -> str:
        return f"hash of {password}"

    async def password_fits(self, hashed: str, password: str) -> bool:
        self.checked.append(hashed)
        return hashed == f"hash of {password}"

    def close(self) -> None:
        for database in self._databases.values():
            database.close()
