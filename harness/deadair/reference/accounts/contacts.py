"""Whom a patient's family invited to follow: contacts, their invitations, and what alert these begin with. Durable.

An invitation holds for the account whose name is the contact's address, today or once there is one, in whatever
spelling; if several accounts have that name in other spellings, only for the one that is spelled so. Knows no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deadair.reference.accounts.accounts import ACCOUNTS, new_id
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.names import name_key
from deadair.reference.env import Env
from deadair.reference.http.share_api import ShareError

CONTACTS_MAX = 100
SCHEMA = """
CREATE TABLE IF NOT EXISTS contact (public TEXT PRIMARY KEY, patient INTEGER NOT NULL, name TEXT NOT NULL,
  address TEXT NOT NULL, subscription TEXT UNIQUE, display TEXT NOT NULL, no_data_after_s REAL, realarm_every_s REAL,
  key TEXT NOT NULL DEFAULT '', UNIQUE (patient, name), UNIQUE (patient, address)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_key ON contact (key);
"""
"""``key``: of the address."""
SAME = "key=:key AND (address=:name OR (SELECT count(*) FROM account WHERE key=:key)<2)"
"""Finds the contacts whose address is an account's name."""
INVITE_KNOWN = f"""
UPDATE contact SET subscription=coalesce(subscription, :subscription), display=iif(display='', name, display)
  WHERE public=(SELECT public FROM contact WHERE patient=:patient AND {SAME} ORDER BY address=:name DESC)
"""  # noqa: S608 - no input
INVITE_NEW = """
INSERT INTO contact SELECT :public, :patient, iif(count(*), :name || ' ' || :public, :name), :name, :subscription,
  :name, NULL, NULL, :key FROM contact WHERE patient=:patient AND name=:name
"""
"""A family may have given the name to another contact."""
SELECT = "SELECT public, patient, name, address, subscription, display, no_data_after_s, realarm_every_s FROM contact"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody a family knows. ``subscription``: the id of their invitation, none if they were not invited."""

    public: str
    patient: int
    name: str
    address: str
    subscription: str | None
    display: str
    alert: NoDataAlert | None
    """None: the invitation says nothing of it."""


class Contacts:
    """All contacts of all patients."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._db = env.database(ACCOUNTS)
        self._db.executescript(SCHEMA)

    def of_patient(self, patient: int) -> list[Contact]:
        """Return a patient's contacts by name, invited or not."""
        return self._found(f"{SELECT} WHERE patient=:patient ORDER BY name", patient=patient)

    def of_follower(self, name: str) -> list[Contact]:
        """Return the invitations of the account of this name."""
        query = f"{SELECT} WHERE {SAME} AND subscription IS NOT NULL ORDER BY public"
        return self._found(query, name=name, key=name_key(name))

    def create(self, patient: int, name: str, address: str) -> str:
        """Create a contact and return its id. Raises ShareError if there is one like it, or there are too many."""
        known = self.of_patient(patient)
        keys = (name_key(name), name_key(address))
        if any(name_key(one.name) == keys[0] or name_key(one.address) == keys[1] for one in known):
            raise ShareError("ContactNameAlreadyExists", "there is a contact of this name or address")
        if len(known) >= CONTACTS_MAX:
            raise ShareError("InvalidArgument", f"there are {CONTACTS_MAX} contacts, and may be no more")
        public = new_id(self._env)
        with self._db:
            self._db.execute(
                "INSERT INTO contact VALUES (?, ?, ?, ?, NULL, '', NULL, NULL, ?)",
                (public, patient, name, address, keys[1]),
            )
        return public

    def invite(self, contact: Contact, display: str, alert: NoDataAlert | None) -> str:
        """Invite a contact and return the invitation's id, again the same if it was invited before."""
        subscription = contact.subscription or new_id(self._env)
        after_s, every_s = (alert.after_s, alert.realarm_every_s) if alert else (None, None)
        with self._db:
            self._db.execute(
                "UPDATE contact SET subscription=?, display=?, no_data_after_s=?, realarm_every_s=? WHERE public=?",
                (subscription, display, after_s, every_s, contact.public),
            )
        return subscription

    def allow(self, pairs: list[tuple[str, int]]) -> None:
        """Invite accounts by name to follow patients, all or none; whoever is invited already stays so."""
        with self._db:
            for name, patient in pairs:
                ids = {"public": new_id(self._env), "subscription": new_id(self._env)}
                row = {"name": name, "key": name_key(name), "patient": patient, **ids}
                if not self._db.execute(INVITE_KNOWN, row).rowcount:
                    self._db.execute(INVITE_NEW, row)

    def forget(self, patient: int) -> None:
        """Forget all contacts of a patient who is gone."""
        with self._db:
            self._db.execute("DELETE FROM contact WHERE patient=?", (patient,))

    def remove(self, contact: Contact) -> None:
        """Forget a contact and its invitation."""
        with self._db:
            self._db.execute("DELETE FROM contact WHERE public=?", (contact.public,))

    def _found(self, query: str, **values: Any) -> list[Contact]:
        found = []
        for *who, after_s, every_s in self._db.execute(query, values):
            public, patient, name, address, subscription, display = who
            alert = None if after_s is None else NoDataAlert(after_s, every_s)
            found.append(Contact(public, patient, name, address, subscription, display, alert))
        return found
