"""Accounts, sessions, and who may follow whom. Durable; everything read often is also kept in memory.

Knows no HTTP and no readings. The gateway opens it, and for a moment whoever adds an account by hand.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from harness.reference.env import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, public TEXT UNIQUE NOT NULL,
  password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, account INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitation (follower INTEGER, patient INTEGER, PRIMARY KEY (follower, patient))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS follow (id INTEGER PRIMARY KEY, follower INTEGER NOT NULL, patient INTEGER NOT NULL,
  token TEXT NOT NULL, no_data_after_s REAL NOT NULL, since_s REAL NOT NULL, UNIQUE (follower, patient));
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A publisher's or follower's account. ``public`` is the UUID that clients know it by."""

    number: int
    name: str
    public: str
    password: str


@dataclass(frozen=True, slots=True)
class Follow:
    """One follower's phone that follows one patient. ``since_s``: when it was first registered."""

    number: int
    follower: int
    patient: int
    token: str
    no_data_after_s: float
    since_s: float


class Accounts:
    """The directory of the installation."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._db = env.database("accounts")
        self._db.executescript(SCHEMA)
        rows = self._db.execute("SELECT id, name, public, password FROM account")
        self._by_name = {row[1]: Account(*row) for row in rows}
        self._by_public = {account.public: account for account in self._by_name.values()}
        self._sessions: dict[str, int] = dict(self._db.execute("SELECT id, account FROM session"))
        rows = self._db.execute("SELECT id, follower, patient, token, no_data_after_s, since_s FROM follow")
        self._follows = {row[0]: Follow(*row) for row in rows}
        self._of_patient: dict[int, set[int]] = {}
        for follow in self._follows.values():
            self._of_patient.setdefault(follow.patient, set()).add(follow.number)

    def add(self, accounts: list[tuple[str, str]], invitations: list[tuple[str, str]]) -> None:
        """Create accounts from (name, password) and allow (follower, patient) pairs by name; all or nothing.

        Creating an account again changes nothing. Raises KeyError for an invitation of a stranger.
        """
        new = [
            Account(
                0,
                name,
                str(uuid.UUID(int=self._env.rng.getrandbits(128), version=4)),
                self._env.hash_password(word),
            )
            for name, word in accounts
            if self.named(name) is None
        ]
        with self._db:
            for made in new:
                row = self._db.execute(
                    "INSERT INTO account (name, public, password) VALUES (?, ?, ?)",
                    (made.name, made.public, made.password),
                )
                account = Account(row.lastrowid or 0, made.name, made.public, made.password)
                self._by_name[account.name] = self._by_public[account.public] = account
            pairs = [
                (self._by_name[follower].number, self._by_name[patient].number) for follower, patient in invitations
            ]
            self._db.executemany("INSERT OR IGNORE INTO invitation VALUES (?, ?)", pairs)

    def named(self, name: str) -> Account | None:
        """Return the account of this name."""
        return self._by_name.get(name) or self._added("SELECT * FROM account WHERE name=?", name)

    def known_as(self, public: str) -> Account | None:
        """Return the account of this public id."""
        public = public.lower()
        return self._by_public.get(public) or self._added("SELECT * FROM account WHERE public=?", public)

    def _added(self, query: str, value: str) -> Account | None:
        """Return an account that another process may have added meanwhile, and keep it in memory from now on."""
        row = self._db.execute(query, (value,)).fetchone()
        if row is None:
            return None
        account = self._by_name[row[1]] = self._by_public[row[2]] = Account(*row)
        return account

    def open_session(self, account: Account) -> str:
        """Return a new session's id; it survives restarts."""
        session = str(uuid.UUID(int=self._env.rng.getrandbits(128), version=4))
        with self._db:
            self._db.execute("INSERT INTO session VALUES (?, ?)", (session, account.number))
        self._sessions[session] = account.number
        return session

    def of_session(self, session: str) -> int | None:
        """Return the account's number a session belongs to."""
        return self._sessions.get(session.lower())

    def may_follow(self, follower: int, patient: int) -> bool:
        """Say whether the patient's family invited this follower."""
        return bool(
            self._db.execute("SELECT 1 FROM invitation WHERE follower=? AND patient=?", (follower, patient)).fetchone()
        )

    def follow(self, follower: int, patient: int, *, token: str, no_data_after_s: float) -> Follow:
        """Register a phone for a patient, or its new token; returns the follow. ``since_s`` stays the first one's."""
        with self._db:
            row: tuple[Any, ...] = self._db.execute(
                "INSERT INTO follow (follower, patient, token, no_data_after_s, since_s) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (follower, patient) DO UPDATE SET token=excluded.token,"
                " no_data_after_s=excluded.no_data_after_s"
                " RETURNING id, follower, patient, token, no_data_after_s, since_s",
                (follower, patient, token, no_data_after_s, self._env.now()),
            ).fetchone()
        follow = self._follows[row[0]] = Follow(*row)
        self._of_patient.setdefault(patient, set()).add(follow.number)
        return follow

    def follow_numbered(self, number: int) -> Follow | None:
        """Return a follow by its number."""
        return self._follows.get(number)

    def follows_of(self, patient: int) -> tuple[Follow, ...]:
        """Return everybody who follows this patient."""
        return tuple(self._follows[number] for number in sorted(self._of_patient.get(patient, ())))

    def follows(self) -> tuple[Follow, ...]:
        """Return all follows."""
        return tuple(self._follows.values())
