"""What is known of followers who only read over the Share API, and whose invitation wants an alert of missing readings.

No push reaches them, and they say nothing of what they show. That the same session comes again is all there is: then it
is taken to have had the answer before. Who never reads is watched by nobody.
"""

from __future__ import annotations

import contextlib
import sqlite3

from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.contacts import Contact
from deadair.reference.accounts.follows import READER, Follow, Follows
from deadair.reference.alerts.evidence import EvidenceSender

SESSIONS_MAX = 10
"""Sessions of a reader whose last answer is remembered."""


class Readers:
    """Of all accounts. An account with a phone that follows the patient is none: the phone is what is watched."""

    def __init__(self, follows: Follows, evidence: EvidenceSender) -> None:
        self._follows = follows
        self._evidence = evidence
        self._handed_out: dict[int, dict[str, int]] = {}
        """By follow and session, when the newest reading of the last answer was measured."""

    def came(self, follower: int, contact: Contact, session: str) -> None:
        """A session asks for readings: what it was answered before is evidence now."""
        reader = None
        with contextlib.suppress(sqlite3.Error):  # who cannot be watched may read all the same
            reader = self._watched(follower, contact.patient, contact.alert, begin=True)
        seen_s = self._handed_out.get(reader.number, {}).get(session, 0) if reader else 0
        if reader and seen_s:
            self._evidence.confirmed(reader, seen_s, acknowledged_s=0.0, snoozed_until_s=0.0)

    def answered(self, follower: int, contact: Contact, session: str, newest_s: int) -> None:
        """A session is answered, with this for its newest reading; 0: with none."""
        for one in self._follows.of_account(follower, contact.patient):
            if one.installation == READER:
                others = {name: at_s for name, at_s in self._handed_out.get(one.number, {}).items() if name != session}
                last = list(others.items())[1 - SESSIONS_MAX :]
                self._handed_out[one.number] = dict([*last, (session, newest_s)])

    def invited(self, follower: int, patient: int, alert: NoDataAlert | None) -> None:
        """An invitation says something else of the alert: who is watched already is watched so."""
        self._watched(follower, patient, alert, begin=False)

    def _watched(self, follower: int, patient: int, alert: NoDataAlert | None, *, begin: bool) -> Follow | None:
        """Return the follow of an account with no phone that is to be watched: begun, changed or ended if need be."""
        mine = self._follows.of_account(follower, patient)
        reader = next((one for one in mine if one.installation == READER), None)
        if not alert or not alert.after_s or any(one.token for one in mine):
            for ended in self._follows.revoke(follower, patient, READER) if reader else ():
                self._handed_out.pop(ended.number, None)
                self._evidence.registered(ended)
            return None
        if reader is None and not begin:
            return None
        if reader is None or NoDataAlert(reader.no_data_after_s, reader.realarm_every_s) != alert:
            reader = self._follows.watch_reader(follower, patient, alert)
            self._evidence.registered(reader)
        return reader
