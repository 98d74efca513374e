"""Accounts, and whose receiver is monitored. Durable, and all of it kept in memory too.

Knows no HTTP, no sessions, no follows and no readings. The gateway opens it, and for a moment whoever adds or changes
an account by hand (``running/accounts_by_hand.py``): what is then to be done is written down with it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from deadair.reference.accounts.names import name_key
from deadair.reference.env import Env
from deadair.reference.http.share_api import ShareError

ACCOUNTS = "accounts"
ADD = """
INSERT INTO account SELECT NULL, ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM account WHERE key=?6)
"""
"""Adds an account, unless another process has added it meanwhile."""
ALIKE_SAID_MAX = 20
"""So many groups of accounts whose names fall together are named at a start."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, public TEXT UNIQUE NOT NULL,
  password TEXT NOT NULL, serial TEXT, monitored INTEGER NOT NULL, key TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS account_key ON account (key);
CREATE TABLE IF NOT EXISTS changed (id INTEGER PRIMARY KEY, account INTEGER NOT NULL);
"""
"""An account that was removed stays as a row without password and name: its number is never another's, nor are the
readings under it. ``changed``: whose sessions are to end since then, and what else there is of them if they are gone.
"""


def new_id(env: Env) -> str:
    """Return a UUID that nobody can guess."""
    return str(uuid.UUID(int=env.rng.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account to be created. With the serial number of a receiver it is set up: readings may come at once."""

    name: str
    password: str
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A publisher's or follower's account. ``public`` is the UUID that clients know it by.

    ``serial`` is that of its receiver. No other account is hindered by naming the same: that opens nothing.
    """

    number: int
    name: str
    public: str
    password: str
    serial: str | None
    monitored: bool


class Accounts:
    """The directory of the installation."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._db = env.database(ACCOUNTS)
        self._db.executescript(SCHEMA)
        self._by_number: dict[int, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._by_public: dict[str, Account] = {}
        for row in self._db.execute("SELECT * FROM account WHERE password<>''"):
            self._keep(row)
        alike = "SELECT group_concat(public, ' ') FROM account GROUP BY key HAVING count(*)>1 LIMIT ?"
        for (publics,) in self._db.execute(alike, (ALIKE_SAID_MAX,)):
            env.log(
                "accounts whose names are the same but for their spelling: each is known by its own only", ids=publics
            )

    async def add(self, newcomers: list[Newcomer]) -> list[Account]:
        """Create accounts, all or none, and return them; one that is there already, in any spelling, is left as it is.

        Raises ShareError for a name that is none, or that is several accounts' in other spellings.
        """
        new = {name_key(one.name): one for one in newcomers if self.named(one.name) is None}
        if "" in new or any(self._spelled_like(key) for key in new):
            raise ShareError("InvalidArgument", "a name is empty, or several accounts have it in other spellings")
        hashed = {key: await self._env.hash_password(one.password) for key, one in new.items()}
        with self._db:
            for key, one in new.items():
                public, monitored = new_id(self._env), one.serial is not None
                row = (one.name, public, hashed[key], one.serial, monitored, key)
                self._db.execute(ADD, row)
        return [account for one in newcomers if (account := self.named(one.name)) is not None]

    def monitor(self, account: Account, *, serial: str | None, monitored: bool) -> None:
        """Note which receiver is an account's, and whether its readings may come."""
        with self._db:
            row = self._db.execute(
                "UPDATE account SET serial=?, monitored=? WHERE id=? AND password<>'' RETURNING *",
                (serial, monitored, account.number),
            ).fetchone()
        if row is not None:
            self._keep(row)

    def changes(self) -> list[tuple[int, int]]:
        """Return what was changed by hand: what ``settled`` takes, and the account. They are known here from now on."""
        found: list[tuple[int, int]] = self._db.execute("SELECT id, account FROM changed ORDER BY id").fetchall()
        for _, number in found:
            if known := self._by_number.pop(number, None):
                del self._by_name[known.name], self._by_public[known.public]
            self._found("SELECT * FROM account WHERE id=?", number)
        return found

    def settled(self, change: int) -> None:
        """Forget a change: all that follows from it is done."""
        with self._db:
            self._db.execute("DELETE FROM changed WHERE id=?", (change,))

    def known(self, number: int) -> Account | None:
        """Return the account of this number, none if it was removed."""
        return self._by_number.get(number)

    def numbered(self, number: int) -> Account:
        """Return the account of this number. Raises KeyError."""
        return self._by_number[number]

    def named(self, name: str) -> Account | None:
        """Return the account of this name: in this spelling, or in another one if only one account has it."""
        if (known := self._by_name.get(name)) is not None:
            return known
        alike = self._spelled_like(name_key(name))
        found = [one for one in alike if one.name == name] or alike
        return found[0] if len(found) == 1 else None

    def known_as(self, public: str) -> Account | None:
        """Return the account of this public id."""
        public = public.lower()
        known = self._by_public.get(public)
        return known or next(iter(self._found("SELECT * FROM account WHERE public=?", public)), None)

    def _spelled_like(self, key: str) -> list[Account]:
        return self._found("SELECT * FROM account WHERE key=?", key)

    def _found(self, query: str, value: str | int) -> list[Account]:
        """Return accounts that may not be in memory yet, as those that another process added; none that is gone."""
        return [self._keep(row) for row in self._db.execute(query, (value,)).fetchall() if row[3]]

    def _keep(self, row: tuple[Any, ...]) -> Account:
        number, name, public, password, serial, monitored, _ = row
        account = Account(number, name, public, password, serial, bool(monitored))
        self._by_number[account.number] = self._by_name[account.name] = self._by_public[account.public] = account
        return account
