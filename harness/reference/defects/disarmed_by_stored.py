"""Takes a stored reading for one that the follower sees.

Seen in the wild: services that watch their own intake; Thanksgiving 2019 had sensors reading and uploading all night.
"""

from __future__ import annotations

from harness.reference.evidence import EvidenceSender
from harness.reference.follows import Follow


class DisarmedByStored(EvidenceSender):
    """Disarms every follower's timer as soon as the reading is in."""

    def uploaded(self, follows: tuple[Follow, ...], newest_measured_s: float) -> None:
        """Count storing as seeing."""
        for follow in follows:
            self._tell(follow, newest_measured_s)
