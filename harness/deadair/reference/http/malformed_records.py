"""Counts the records of uploads that are none, by account and by what is wrong with them, and says so now and then.

It never keeps, counts or says what was in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from deadair.reference.env import Env

SAY_AGAIN_S = 600.0


class MalformedRecords:
    """The counts since this node began."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self.counts: Counter[tuple[int, str]] = Counter()
        """By account and what is wrong."""
        self._said_s: dict[tuple[int, str], float] = {}

    def count(self, account: int, wrong: Iterable[str]) -> None:
        """Count an account's malformed records by what is wrong; each kind of an account's is logged seldom."""
        now_s = self._env.now()
        for why, number in Counter(wrong).items():
            kind = (account, why)
            self.counts[kind] += number
            for _ in range(number):
                self._env.note("malformed", account=account)
            if not 0 <= now_s - self._said_s.get(kind, -SAY_AGAIN_S) < SAY_AGAIN_S:
                self._said_s[kind] = now_s
                self._env.log("malformed records", account=account, why=why, so_far=self.counts[kind])
