"""Who is logged in. Sessions survive a restart, end by themselves after a while, and can be revoked.

An account has so many at the most: one more puts its oldest out. Knows no passwords and no HTTP.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

from deadair.reference.accounts.accounts import new_id
from deadair.reference.env import Env
from deadair.reference.http.share_api import ShareError
from deadair.reference.settings import Settings
from deadair.reference.storage.group_commit import GroupCommit

SESSIONS = "sessions"
SCHEMA = """
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, account INTEGER NOT NULL, opened_s REAL NOT NULL)
  WITHOUT ROWID;
"""
FORGOTTEN_AT_ONCE_MAX = 100
Opened = tuple[str, int, float]
"""A session's id, whose it is, and since when."""


class Sessions:
    """All sessions. What ended by itself stays until it is put out, so that its client hears why."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._db = env.database(SESSIONS)
        self._db.executescript(SCHEMA)
        self._sessions: dict[str, Opened] = {}
        self._of_account: dict[int, list[str]] = {}
        for opened in self._db.execute("SELECT id, account, opened_s FROM session ORDER BY opened_s"):
            self._keep(opened)
        self._commit = GroupCommit(self._open)

    async def begin(self, account: int) -> str:
        """Return a new session's id, once it is durable."""
        session = new_id(self._env)
        await self._commit.submit([(session, account, self._env.now())])
        return session

    def account_of(self, session: str) -> int:
        """Return whose a session is. Raises ShareError if there is none, or no more."""
        opened = self._sessions.get(session.lower())
        if opened is None:
            raise ShareError("SessionIdNotFound", "Failed to find session object")
        if self._env.now() >= opened[2] + self._settings.session_lifetime_s:
            raise ShareError("SessionNotValid", "Session is not active or timed out")
        return opened[1]

    def revoke(self, accounts: set[int] | None) -> int:
        """End all sessions of some accounts, none: of all; return how many there were."""
        gone = [name for name, whose, _ in self._sessions.values() if accounts is None or whose in accounts]
        self._change([], gone)
        return len(gone)

    def counts(self) -> Counter[int]:
        """Return how many sessions each account has that are not over."""
        since_s = self._env.now() - self._settings.session_lifetime_s
        return Counter(account for _, account, opened_s in self._sessions.values() if opened_s > since_s)

    def _open(self, opened: list[Opened]) -> None:
        most = self._settings.sessions_per_account_max
        whose: dict[int, list[str]] = {}
        for session, account, _ in opened:
            whose.setdefault(account, [*self._of_account.get(account, [])]).append(session)
        too_many = {old for sessions in whose.values() for old in sessions[:-most]}
        # Long over: their clients have heard why. The oldest come first.
        over_s = self._env.now() - 2.0 * self._settings.session_lifetime_s
        oldest = islice(self._sessions.values(), FORGOTTEN_AT_ONCE_MAX)
        self._change(opened, sorted(too_many | {name for name, _, opened_s in oldest if opened_s < over_s}))

    def _change(self, opened: list[Opened], gone: list[str]) -> None:
        with self._db:
            self._db.executemany("INSERT INTO session VALUES (?, ?, ?)", opened)
            self._db.executemany("DELETE FROM session WHERE id=?", [(session,) for session in gone])
        for one in opened:
            self._keep(one)
        for session in gone:
            self._of_account[self._sessions.pop(session)[1]].remove(session)

    def _keep(self, opened: Opened) -> None:
        self._sessions[opened[0]] = opened
        self._of_account.setdefault(opened[1], []).append(opened[0])
