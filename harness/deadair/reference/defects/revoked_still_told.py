"""Whoever stops following is watched on: the watchdog never hears that a follow is over."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class RevokedStillTold(EvidenceSender):
    """Passes on who follows, and not who no longer does."""

    def registered(self, follow: Follow) -> None:
        """Tell of a follow that lasts."""
        if not follow.revoked:
            super().registered(follow)


DEFECT = Defect(
    name="revoked-still-told",
    what=__doc__,
    seen="No report of one was found. Where a follow ends in one place and alerts are made in another, one must tell.",
    parts={EvidenceSender: RevokedStillTold},
    caught=(Catch("smoke/people", rule="privacy"),),
)
