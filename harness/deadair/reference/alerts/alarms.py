"""What the watchdog knows and what the notifier must deliver: one database, so that an alarm and its push are one deed.

The watchdog writes follows and pushes; the notifier takes pushes and marks them. Each opens it for itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deadair.reference.env import Env
from deadair.reference.http.json_fields import shared

ALARMS = "alarms"
URGENT_LOW, NO_DATA, WATCH_DOWN, WATCH_UP = "urgent_low", "no_data", "watch_down", "watch_up"
UNREACHABLE_BLIND = "unreachable_blind"
"""Of accounts that read with no phone, to those who run the service."""
REST = 2
"""The rank of what is neither a low nor a silence: the last to be sent, and no alert that a follower waits for."""
OPERATORS = 0
"""Stands for a follow in a push to those who run the service; no follow has this number."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, patient INTEGER NOT NULL, token TEXT NOT NULL,
  no_data_after_s REAL NOT NULL, realarm_every_s REAL NOT NULL, since_s REAL NOT NULL, confirmed_s REAL NOT NULL,
  acknowledged_s REAL NOT NULL, snoozed_until_s REAL NOT NULL, void_s REAL NOT NULL, told_s REAL NOT NULL,
  alarmed_s REAL NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS push (follow INTEGER, patient INTEGER NOT NULL, token TEXT NOT NULL, onset_s REAL NOT NULL,
  measured_s REAL NOT NULL, due_s REAL NOT NULL, expires_s REAL NOT NULL, kind TEXT, value INTEGER NOT NULL,
  rank INTEGER AS (CASE kind WHEN 'urgent_low' THEN 0 WHEN 'no_data' THEN 1 ELSE 2 END), PRIMARY KEY (follow, kind));
CREATE VIEW IF NOT EXISTS addressed AS SELECT * FROM push WHERE token<>'' OR follow=0;
CREATE INDEX IF NOT EXISTS push_order ON push (rank, due_s);
CREATE TABLE IF NOT EXISTS low (patient INTEGER, measured_s INTEGER, PRIMARY KEY (patient, measured_s)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (follow INTEGER PRIMARY KEY, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sentinel (id INTEGER PRIMARY KEY, down INTEGER NOT NULL);
"""
"""``addressed``: the pushes that can be delivered; the others wait until their phone tells of its token. ``gone``: the
tokens that the provider said are no phone's."""


class Watched(NamedTuple):
    """One follow, as it is in its table. 0 stands for never, none, or not set. One without a token was revoked, or, if
    it has a delay, is of an account that reads with no phone.

    ``confirmed_s``: newest measured time its phone showed. ``realarm_every_s``: its own R. Of the present silence:
    ``told_s`` and ``alarmed_s``, the first and the last alarm; ``acknowledged_s`` and ``snoozed_until_s``, what the
    follower said to it. ``void_s``: a snooze of an earlier silence, which the gateway may tell of again. ``revision``:
    the gateway's count of what was changed about the follow.
    """

    follow: int
    patient: int
    token: str
    no_data_after_s: float
    realarm_every_s: float
    since_s: float
    confirmed_s: float
    acknowledged_s: float = 0.0
    snoozed_until_s: float = 0.0
    void_s: float = 0.0
    told_s: float = 0.0
    alarmed_s: float = 0.0
    revision: int = 0

    @property
    def ended(self) -> bool:
        """Whether it was revoked."""
        return not self.token and not self.no_data_after_s

    @property
    def onset_s(self) -> float:
        """When the phone goes blind, as far as anybody here knows; never if its follower wants no alert."""
        if not self.no_data_after_s:
            return math.inf
        return (self.confirmed_s or self.since_s) + self.no_data_after_s


class Push(NamedTuple):
    """An alarm to deliver, as it is in its table: at most one of a kind and follow: a later one takes its place.

    ``due_s``: when the first was made; ``value``: of an urgent low, in mg/dL.
    """

    follow: int
    patient: int
    token: str
    onset_s: float
    measured_s: float
    due_s: float
    expires_s: float
    kind: str = NO_DATA
    value: int = 0


PUT_FOLLOW = f"INSERT OR REPLACE INTO follow VALUES ({', '.join('?' * len(Watched._fields))})"  # noqa: S608 - no input
AnyWatched = Iterable[Watched]


class Alarms:
    """The database of follows and undelivered pushes."""

    def __init__(self, env: Env) -> None:
        self._db = env.database(ALARMS)
        self._db.executescript(SCHEMA)

    def watched(self) -> list[Watched]:
        """Return every follow."""
        rows = self._db.execute("SELECT * FROM follow")
        return [Watched(*row[:3], *map(shared, row[3:5]), *(value or 0 for value in row[5:])) for row in rows]

    def save(
        self, follows: AnyWatched, pushes: Sequence[Push], withdrawn: Iterable[int], *, moved: AnyWatched = ()
    ) -> None:
        """Make follows and their pushes durable together; take back the no-data pushes of ``withdrawn`` follows.

        ``moved``: follows whose phone told of its token anew; what is still to be delivered goes there, or nowhere.
        """
        with self._db:
            self._db.executemany("DELETE FROM push WHERE follow=? AND kind=?", [(one, NO_DATA) for one in withdrawn])
            self._db.executemany("UPDATE push SET token=? WHERE follow=?", [(one.token, one.follow) for one in moved])
            self._db.executemany("DELETE FROM push WHERE follow=? AND token=''", [(one.follow,) for one in moved])
            self._db.executemany("DELETE FROM gone WHERE follow=?", [(one.follow,) for one in moved])
            self._db.executemany(PUT_FOLLOW, follows)
            self._put(pushes)

    def save_lows(self, pushes: Sequence[Push], told: Iterable[tuple[int, int]], *, since_s: float) -> None:
        """Make pushes of urgent lows durable, with the (patient, measured_s) they tell of; forget those before."""
        with self._db:
            self._db.execute("DELETE FROM low WHERE measured_s<?", (since_s,))
            self._db.executemany("INSERT OR IGNORE INTO low VALUES (?, ?)", told)
            self._put(pushes)

    def lows(self) -> set[tuple[int, int]]:
        """Return the (patient, measured_s) of the urgent lows that were told of lately."""
        return set(self._db.execute("SELECT patient, measured_s FROM low"))

    def tell_operators(self, push: Push) -> None:
        """Put a message about the sentinel into the outbox, and remember that it was told."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO sentinel VALUES (1, ?)", (push.kind == WATCH_DOWN,))
            self._put([push])

    def sentinel_down(self) -> bool:
        """Say whether the operators were last told that the sentinel does not answer."""
        row = self._db.execute("SELECT down FROM sentinel").fetchone()
        return bool(row and row[0])

    def _put(self, pushes: Sequence[Push]) -> None:
        self._db.executemany(
            "INSERT INTO push VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (follow, kind) DO UPDATE SET"
            " token=excluded.token, onset_s=excluded.onset_s, measured_s=excluded.measured_s, value=excluded.value,"
            " expires_s=excluded.expires_s WHERE excluded.measured_s>=push.measured_s",
            pushes,
        )

    def undelivered(self, most: int, *, after: int = 0) -> list[Push]:
        """Return up to ``most`` pushes after the first ``after``: by rank, the longest undelivered first."""
        rows = self._db.execute("SELECT * FROM addressed ORDER BY rank, due_s LIMIT ? OFFSET ?", (most, after))
        return [Push(*row[:-1]) for row in rows]

    def waiting(self, most: int) -> int:
        """Return how many pushes are undelivered, counted no further than ``most``."""
        row = self._db.execute("SELECT count(*) FROM (SELECT 1 FROM addressed LIMIT ?)", (most,)).fetchone()
        return int(row[0])

    def oldest_due_s(self) -> float | None:
        """Return when the longest undelivered alert was made."""
        rows = self._db.execute("SELECT min(due_s) FROM addressed WHERE rank<? GROUP BY rank", (REST,))
        return min((due_s for (due_s,) in rows), default=None)

    def settle(self, push: Push) -> None:
        """Forget a push that was delivered, unless a later one took its place meanwhile, or its phone has another."""
        with self._db:
            self._db.execute(
                "DELETE FROM push WHERE follow=? AND kind=? AND token=? AND onset_s=? AND expires_s=?",
                (push.follow, push.kind, push.token, push.onset_s, push.expires_s),
            )

    def token_gone(self, push: Push) -> None:
        """Keep every push to a token that no phone has any more, for the token that its phone tells of next."""
        with self._db:
            self._db.execute("UPDATE push SET token='' WHERE token=?", (push.token,))
            self._db.execute("INSERT OR REPLACE INTO gone SELECT id, token FROM follow WHERE token=?", (push.token,))

    def gone(self) -> dict[int, str]:
        """Return the follows whose phone is gone, with the token that the provider said it of."""
        return dict(self._db.execute("SELECT follow, token FROM gone"))
