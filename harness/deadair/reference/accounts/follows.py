"""Which phone follows which patient. Durable, and all of it kept in memory too. Knows no invitations and no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deadair.reference.accounts.accounts import ACCOUNTS
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.env import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, follower INTEGER NOT NULL, patient INTEGER NOT NULL,
  token TEXT NOT NULL, no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, realarm_every_s REAL NOT NULL,
  revoked INTEGER NOT NULL, revision INTEGER NOT NULL, UNIQUE (follower, patient));
"""


@dataclass(frozen=True, slots=True)
class Follow:
    """One follower's phone that follows one patient. ``since_s``: when it was first registered; ``revision``: how often
    any of this was changed.

    One that was revoked stays, without a token, and is told nothing more: the watchdog has to hear so at every start.
    """

    number: int
    follower: int
    patient: int
    token: str
    no_data_after_s: float
    since_s: float
    realarm_every_s: float = 0.0
    revoked: bool = False
    revision: int = 0


class Follows:
    """All follows, those that were revoked among them."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._db = env.database(ACCOUNTS)
        self._db.executescript(SCHEMA)
        self._follows: dict[int, Follow] = {}
        self._of_patient: dict[int, dict[int, Follow]] = {}
        for row in self._db.execute("SELECT * FROM follow"):
            self._keep(Follow(*row))

    def register(self, follower: int, patient: int, *, token: str, alert: NoDataAlert) -> Follow:
        """Register a phone for a patient, or its new token; returns the follow. ``since_s`` stays the first one's."""
        with self._db:
            row: tuple[Any, ...] = self._db.execute(
                "INSERT INTO follow VALUES (NULL, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT (follower, patient) DO UPDATE SET"
                " since_s=iif(revoked, excluded.since_s, since_s), token=excluded.token, revoked=0,"
                " no_data_after_s=excluded.no_data_after_s, realarm_every_s=excluded.realarm_every_s,"
                " revision=revision+1 RETURNING *",
                (follower, patient, token, alert.after_s, self._env.now(), alert.realarm_every_s),
            ).fetchone()
        return self._keep(Follow(*row))

    def revoke(self, follower: int, patient: int) -> Follow | None:
        """End a follow and return what is left of it, if there was one."""
        with self._db:
            row = self._db.execute(
                "UPDATE follow SET revoked=1, token='', no_data_after_s=0, revision=revision+1"
                " WHERE follower=? AND patient=? RETURNING *",
                (follower, patient),
            ).fetchone()
        return None if row is None else self._keep(Follow(*row))

    def numbered(self, number: object) -> Follow | None:
        """Return a follow by its number, unless it was revoked."""
        follow = self._follows.get(number) if type(number) is int else None
        return None if follow is None or follow.revoked else follow

    def of_patient(self, patient: int) -> tuple[Follow, ...]:
        """Return everybody who follows this patient."""
        return tuple(follow for follow in self._of_patient.get(patient, {}).values() if not follow.revoked)

    def all(self) -> tuple[Follow, ...]:
        """Return all follows there ever were."""
        return tuple(self._follows.values())

    def _keep(self, follow: Follow) -> Follow:
        self._follows[follow.number] = follow
        self._of_patient.setdefault(follow.patient, {})[follow.number] = follow
        return follow
