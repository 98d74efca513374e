"""Which phone follows which patient, one follow for each installation of the app; durable, and all of it in memory too.

Beside them, an account that reads with no phone may have one follow for each patient, which no push can reach. Knows no
invitations and no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from deadair.reference.accounts.accounts import ACCOUNTS
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.env import Env
from deadair.reference.http.share_api import not_now

PHONES_MAX = 10
"""Installations with which an account follows one patient at a time. One more ends the one silent for longest."""
NEW_MAX, NEW_WITHIN_S = 30, 86_400.0
"""So many new installations of an account and patient are taken in this time: what was ended is remembered for good."""
READER = ""
"""The installation of an account that reads with no phone."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, follower INTEGER NOT NULL, patient INTEGER NOT NULL,
  token TEXT NOT NULL, no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, realarm_every_s REAL NOT NULL,
  revoked INTEGER NOT NULL, revision INTEGER NOT NULL, installation TEXT NOT NULL,
  UNIQUE (follower, patient, installation));
CREATE INDEX IF NOT EXISTS follow_token ON follow (token);
"""


@dataclass(frozen=True, slots=True)
class Follow:
    """One installation that follows one patient. ``since_s``: when it was first registered; ``revision``: how often any
    of this was changed.

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
    installation: str = READER


def named_by(token: str) -> str:
    """Return the installation of an app that names none. It outlives the follow, which the token is not to do."""
    return sha256(token.encode()).hexdigest()


class Follows:
    """All follows, those that were revoked among them."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._db = env.database(ACCOUNTS)
        self._db.executescript(SCHEMA)
        self._follows: dict[int, Follow] = {}
        self._of_patient: dict[int, dict[int, Follow]] = {}
        self._heard_s: dict[int, float] = {}
        """When a follow's phone was heard of last, in this life."""
        for row in self._db.execute("SELECT * FROM follow"):
            self._keep(row)

    def register(
        self, follower: int, patient: int, *, token: str, alert: NoDataAlert, installation: str
    ) -> tuple[Follow, list[Follow]]:
        """Register a phone for a patient, or its new token; return its follow, and those that ended for it.

        ``since_s`` stays the first one's. A token is one phone's: what it was registered for before, by whomever, ends.
        Raises ShareError if too many are new.
        """
        known = self.of_account(follower, patient)
        with self._db:
            row = self._written(follower, patient, installation, token, alert)
            number = row[0]
            elsewhere = self._db.execute(
                "SELECT id FROM follow WHERE token=? AND id<>? AND (follower<>? OR patient=?)",
                (token, number, follower, patient),
            ).fetchall()
            others = [one for one in known if one.token not in ("", token) and one.number != number]
            crowd = sorted(others, key=lambda one: self._heard_s.get(one.number, 0.0))[: -(PHONES_MAX - 1)]
            readers = [one for one in known if not one.token]
            ended = self._end({found for (found,) in elsewhere} | {one.number for one in (*crowd, *readers)})
        follow = self._keep(row)
        self.heard(follow)
        return follow, [self._keep(one) for one in ended]

    def watch_reader(self, follower: int, patient: int, alert: NoDataAlert) -> Follow:
        """Begin to watch an account that reads with no phone, or change with which delays."""
        with self._db:
            row = self._written(follower, patient, READER, "", alert)
        return self._keep(row)

    def revoke(self, follower: int, patient: int, installation: str | None = None) -> list[Follow]:
        """End the follows of an account and patient, of one installation if it is named; return what is left."""
        known = self.of_account(follower, patient)
        return self._ended([one for one in known if installation in (None, one.installation)])

    def revoke_all(self, account: int) -> list[Follow]:
        """End all follows of an account, and all of it as a patient; return what is left."""
        lasting = (one for one in self._follows.values() if not one.revoked)
        return self._ended([one for one in lasting if account in (one.follower, one.patient)])

    def heard(self, follow: Follow) -> None:
        """Note that a follow's phone is there."""
        self._heard_s[follow.number] = self._env.now()

    def numbered(self, number: object) -> Follow | None:
        """Return a follow by its number, unless it was revoked."""
        follow = self.once(number)
        return None if follow is None or follow.revoked else follow

    def once(self, number: object) -> Follow | None:
        """Return a follow by its number, also one that was revoked."""
        return self._follows.get(number) if type(number) is int else None

    def of_patient(self, patient: int) -> tuple[Follow, ...]:
        """Return everybody who follows this patient."""
        return tuple(follow for follow in self._of_patient.get(patient, {}).values() if not follow.revoked)

    def of_account(self, follower: int, patient: int) -> tuple[Follow, ...]:
        """Return the follows of one account and patient."""
        return tuple(follow for follow in self.of_patient(patient) if follow.follower == follower)

    def all(self) -> tuple[Follow, ...]:
        """Return all follows there ever were."""
        return tuple(self._follows.values())

    def _written(
        self, follower: int, patient: int, installation: str, token: str, alert: NoDataAlert
    ) -> tuple[Any, ...]:
        """Return the row of this installation, made or changed. One that was named by its token until now keeps it."""
        now_s = self._env.now()
        delays = (alert.after_s, alert.realarm_every_s)
        known: tuple[Any, ...] | None = self._db.execute(
            "UPDATE follow SET since_s=iif(revoked, ?, since_s), token=?, revoked=0, no_data_after_s=?,"
            " realarm_every_s=?, installation=?, revision=revision+1 WHERE id=(SELECT id FROM follow WHERE follower=?"
            " AND patient=? AND (installation=? OR token=? AND NOT revoked) ORDER BY installation=? DESC) RETURNING *",
            (now_s, token, *delays, installation, follower, patient, installation, token, installation),
        ).fetchone()
        if known is not None:
            return known
        (new,) = self._db.execute(
            "SELECT count(*) FROM follow WHERE follower=? AND patient=? AND since_s>?",
            (follower, patient, now_s - NEW_WITHIN_S),
        ).fetchone()
        if installation != READER and new >= NEW_MAX:
            raise not_now(NEW_WITHIN_S / NEW_MAX)
        made: tuple[Any, ...] = self._db.execute(
            "INSERT INTO follow VALUES (NULL, ?, ?, ?, ?, ?, ?, 0, 0, ?) RETURNING *",
            (follower, patient, token, delays[0], now_s, delays[1], installation),
        ).fetchone()
        return made

    def _ended(self, which: Iterable[Follow]) -> list[Follow]:
        with self._db:
            rows = self._end(one.number for one in which)
        return [self._keep(row) for row in rows]

    def _end(self, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
        query = "UPDATE follow SET revoked=1, token='', no_data_after_s=0, revision=revision+1 WHERE id=? RETURNING *"
        return [self._db.execute(query, (number,)).fetchone() for number in sorted(numbers)]

    def _keep(self, row: tuple[Any, ...]) -> Follow:
        follow = Follow(*row)
        self._follows[follow.number] = follow
        if follow.revoked:
            self._heard_s.pop(follow.number, None)
        self._of_patient.setdefault(follow.patient, {})[follow.number] = follow
        return follow
