"""What the gateway tells the watchdog: who follows whom, and what each phone has confirmed that it shows.

Evidence is what the phone says it shows; not what was stored, and not what was handed out, for the answer may be
lost on the way. Losing evidence is harmless, since its absence never disarms a timer; losing a *registration* would
leave a phone without one, so all of them are told again whenever the gateway starts.
"""

from __future__ import annotations

from dataclasses import dataclass

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.batch_sender import BatchSender


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One follow as the watchdog needs it; ``confirmed_s`` is the newest measured time shown. 0: never, or not set."""

    follow: int
    patient: int
    token: str
    no_data_after_s: float
    realarm_every_s: float
    since_s: float
    confirmed_s: float
    acknowledged_s: float
    snoozed_until_s: float
    revision: int


class EvidenceSender(BatchSender[Confirmation]):
    """Keeps only the newest of each follow."""

    path = "/evidence"

    def registered(self, follow: Follow) -> None:
        """A phone began to follow, has a new token or delay, or follows no more."""
        self._tell(follow, 0.0)

    def uploaded(self, follows: tuple[Follow, ...], newest_measured_s: float) -> None:
        """Readings of a patient were acknowledged: no evidence that anybody sees them."""

    def asked(self, follow: Follow) -> None:
        """A phone's poll arrived, before it is known whether it will be answered: no evidence of anything."""

    def confirmed(self, follow: Follow, shown_s: float, *, acknowledged_s: float, snoozed_until_s: float) -> None:
        """A phone said what it shows, and what its owner did about the alarm."""
        self._tell(follow, shown_s, acknowledged_s, snoozed_until_s)

    def _tell(
        self, follow: Follow, confirmed_s: float, acknowledged_s: float = 0.0, snoozed_until_s: float = 0.0
    ) -> None:
        known = self._waiting.get(follow.number)
        if known is not None:
            new = (confirmed_s, acknowledged_s, snoozed_until_s)
            before = (known.confirmed_s, known.acknowledged_s, known.snoozed_until_s)
            # What was said while an older reading was shown was said of an earlier silence.
            apart = 0 < known.confirmed_s != confirmed_s > 0
            confirmed_s, acknowledged_s, snoozed_until_s = max(new, before) if apart else map(max, new, before)
        delays = (follow.no_data_after_s, follow.realarm_every_s)
        said = (confirmed_s, acknowledged_s, snoozed_until_s)
        entry = Confirmation(
            follow.number, follow.patient, follow.token, *delays, follow.since_s, *said, follow.revision
        )
        self._put(follow.number, entry)
