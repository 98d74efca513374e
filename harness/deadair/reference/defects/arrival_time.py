"""Takes the arrival of a phone's request for proof that the phone shows fresh readings.

Seen in the wild: LibreLinkUp 2023, where stale answers kept followers' apps calm for hours; and every service that
keeps "last contact" where it needs "last reading".
"""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender


class ArrivalTime(EvidenceSender):
    """Disarms a timer whenever the phone asked, whatever it shows and whether or not it is answered."""

    def asked(self, follow: Follow) -> None:
        """Count the question as the answer."""
        self._tell(follow, self._env.now())
