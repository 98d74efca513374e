"""Accounts as somebody changes them by hand, in the database, beside a gateway that runs or not.

A change and the gateway's orders to do what follows from it are one transaction.
"""

from __future__ import annotations

from collections import Counter

from deadair.reference.accounts.accounts import ACCOUNTS, Account, Accounts, new_id
from deadair.reference.accounts.sessions import Sessions
from deadair.reference.env import Env
from deadair.reference.settings import Settings


class AccountsByHand:
    """The directory, and what may be done to it."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self._env = env
        self._settings = settings
        self._db = env.database(ACCOUNTS)
        self.directory = Accounts(env)

    def all(self) -> list[Account]:
        """Return all accounts, by their names."""
        numbers = self._db.execute("SELECT id FROM account WHERE password<>'' ORDER BY name")
        return [self.directory.numbered(number) for (number,) in numbers]

    async def change_password(self, account: Account, password: str) -> None:
        """Change it; whoever is logged in has to log in anew."""
        hashed = await self._env.hash_password(password)
        with self._db:
            self._db.execute("UPDATE account SET password=? WHERE id=? AND password<>''", (hashed, account.number))
            self._order(account)

    def remove(self, account: Account) -> None:
        """Remove it: its row stays, without a name, lest its number become another's."""
        gone = f"removed {new_id(self._env)}"
        with self._db:
            self._db.execute(
                "UPDATE account SET name=?1, key=?1, password='', serial=NULL, monitored=0 WHERE id=?2",
                (gone, account.number),
            )
            self._order(account)

    def end_sessions(self, account: Account) -> None:
        """Have its sessions ended."""
        with self._db:
            self._order(account)

    def sessions(self) -> Counter[int]:
        """Return how many sessions each account has that are not over."""
        return Sessions(self._env, self._settings).counts()

    def _order(self, account: Account) -> None:
        self._db.execute("INSERT INTO changed VALUES (NULL, ?)", (account.number,))
