"""Takes whatever a device hands in for news, though it may have been measured long ago."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect


class BackfillIsNews(EvidenceSender):
    """Disarms every follower's timer by an old reading, as if it were of now. A young one is left to the phones."""

    def uploaded(self, follows: tuple[Follow, ...], newest_measured_s: float) -> None:
        """Count the arrival as the reading."""
        now_s = self._env.now()
        for follow in follows if newest_measured_s < now_s - self._settings.fresh_within_s else ():
            self._tell(follow, now_s)


DEFECT = Defect(
    name="backfill-is-news",
    what=__doc__,
    seen="Services that keep when they last heard of a sensor; Libre's cloud hands readings on many minutes late.",
    parts={EvidenceSender: BackfillIsNews},
    caught=(Catch("smoke/lives", "no_data_repeats"),),
)
