"""What the watchdog knows and what the notifier must deliver: one database, so that an alarm and its push are one deed.

The watchdog writes follows and pushes; the notifier takes pushes and marks them. Each opens it for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.reference.env import Env

ALARMS = "alarms"
SCHEMA = """
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, patient INTEGER NOT NULL, token TEXT NOT NULL,
  no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, confirmed_s REAL NOT NULL, alarmed_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS push (follow INTEGER PRIMARY KEY, patient INTEGER NOT NULL, token TEXT NOT NULL,
  onset_s REAL NOT NULL, measured_s REAL NOT NULL, due_s REAL NOT NULL, expires_s REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One follow. ``confirmed_s``: newest measured time its phone showed; ``alarmed_s``: the last alarm; 0: none."""

    follow: int
    patient: int
    token: str
    no_data_after_s: float
    since_s: float
    confirmed_s: float
    alarmed_s: float

    @property
    def onset_s(self) -> float:
        """When the phone goes blind, as far as anybody here knows."""
        return (self.confirmed_s or self.since_s) + self.no_data_after_s


@dataclass(frozen=True, slots=True)
class Push:
    """An alarm to deliver, at most one of a follow: a later one takes its place. ``due_s``: when the first was made."""

    follow: int
    patient: int
    token: str
    onset_s: float
    measured_s: float
    due_s: float
    expires_s: float


class Alarms:
    """The database of follows and undelivered pushes."""

    def __init__(self, env: Env) -> None:
        self._db = env.database(ALARMS)
        self._db.executescript(SCHEMA)

    def watched(self) -> list[Watched]:
        """Return every follow."""
        return [Watched(*row) for row in self._db.execute("SELECT * FROM follow")]

    def save(self, follows: list[Watched], pushes: list[Push], overtaken: list[int]) -> None:
        """Make follows and their pushes durable together, and take back pushes of follows that see again."""
        with self._db:
            if overtaken:
                self._db.executemany("DELETE FROM push WHERE follow=?", [(follow,) for follow in overtaken])
            self._db.executemany(
                "INSERT OR REPLACE INTO follow VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (f.follow, f.patient, f.token, f.no_data_after_s, f.since_s, f.confirmed_s, f.alarmed_s)
                    for f in follows
                ],
            )
            if pushes:
                self._db.executemany(
                    "INSERT INTO push VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (follow) DO UPDATE SET"
                    " token=excluded.token, onset_s=excluded.onset_s, measured_s=excluded.measured_s,"
                    " expires_s=excluded.expires_s",
                    [(p.follow, p.patient, p.token, p.onset_s, p.measured_s, p.due_s, p.expires_s) for p in pushes],
                )

    def undelivered(self, most: int) -> list[Push]:
        """Return up to ``most`` pushes, the longest undelivered first."""
        return [Push(*row) for row in self._db.execute("SELECT * FROM push ORDER BY due_s LIMIT ?", (most,))]

    def oldest_due_s(self) -> float | None:
        """Return when the longest undelivered push was made."""
        due_s: float | None = self._db.execute("SELECT min(due_s) FROM push").fetchone()[0]
        return due_s

    def settle(self, push: Push) -> None:
        """Forget a push that was delivered, unless a later one took its place meanwhile."""
        with self._db:
            self._db.execute(
                "DELETE FROM push WHERE follow=? AND onset_s=? AND expires_s=?",
                (push.follow, push.onset_s, push.expires_s),
            )

    def token_gone(self, push: Push) -> None:
        """Forget every push to a token that no phone has any more."""
        with self._db:
            self._db.execute("DELETE FROM push WHERE token=?", (push.token,))
