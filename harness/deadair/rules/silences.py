"""What a silence is, and whether its phone was alerted in time: the definitions of docs/rules.md, to the letter.

A phone is blind while the newest reading that it has shown is older than T (``deadair.rules.blindness``). A silence is
one or more blind stretches of one phone that are less than L apart. Here L is 5 min. In minute 33 the phone showed a
reading from minute 16, which was too old again in minute 36; in minute 45 it showed a new one:

    minute            30    33    36  38    41      45
    phone             ├blind┤sees ├──── blind ──────┤
    silence           ├─────────────────────────────┤    onset in minute 30, end in minute 45
    its limit         ├──3──┤     ├─2─┤                  5 min of being blind: minute 38
    limit again                   ├────5────┤            of the later stretch, from its own onset: minute 41

- The limit stands still while the phone sees, as from 33 to 36, and while a fault keeps the phone from being reached.
- The silence is held if an alert stands at some moment from its onset to its limit.
- It must be alerted again, or still, by the limit of each later stretch that it lasts to, as here to minute 41.
- It is excused if it ends before its limit without an alert, or if its limit lies after the end of the run.
- It is excused, too, if its follower has said by its limit that he knows, of an alarm that is none of these alerts.

An alert is a notification that the push gateway confirms, where it must, and that belongs to this silence and not to
the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from deadair.history.rows import Kind
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, Blind, Standstill, joined, limit_us, whole
from deadair.rules.evidence import Evidence
from deadair.rules.notifications import Notification

SilenceState = Literal["held", "violated", "excused"]


class Again(NamedTuple):
    """A later blind stretch of a silence that lasted until it needed an alert again: since its onset, by a limit."""

    onset_us: int
    limit_us: int


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence of one phone, with every notification that may count for it, in order of its beginning."""

    phone: Phone
    onset_us: int
    until_us: int | None
    """None: still blind when the run ended."""
    limit_us: int
    notifications: tuple[Notification, ...]
    over_us: int
    """When the run ended."""
    again: tuple[Again, ...] = ()
    said_us: tuple[int, ...] = ()
    """When its follower said something to an alarm of the phone's, in order."""

    @property
    def decided_us(self) -> int:
        """Return the last limit that it is judged by."""
        return max(self.limit_us, *(stretch.limit_us for stretch in self.again)) if self.again else self.limit_us

    def first_alert(self, paths: Sequence[str]) -> Notification | None:
        """Return the first notification by one of these alert paths, also one that came after the limit."""
        return next((notification for notification in self.notifications if notification.path in paths), None)

    def time_to_alert_us(self, notification: Notification) -> int:
        """Return how long after the onset the phone was presenting it; 0 if it did already."""
        return max(0, notification.from_us - self.onset_us)

    def alerted_in_time(self, paths: Sequence[str]) -> bool:
        """Say whether an alert by one of these paths came by its limit."""
        notification = self.first_alert(paths)
        return notification is not None and notification.from_us <= self.limit_us

    def first_alert_of(self, stretch: Again, paths: Sequence[str]) -> Notification | None:
        """Return the first notification by one of these alert paths that is presented after a later stretch's onset."""
        standing = (n for n in self.notifications if n.until_us is None or n.until_us > stretch.onset_us)
        return next((notification for notification in standing if notification.path in paths), None)

    def known(self, from_us: int, until_us: int) -> bool:
        """Say whether its follower had said in that time that he knows: an app presents nothing more then."""
        return any(from_us <= at_us <= until_us for at_us in self.said_us)

    def missed(self, paths: Sequence[str]) -> Again | None:
        """Return the first later stretch without an alert by one of these paths by its limit, and not known by then."""
        for stretch in self.again:
            notification = self.first_alert_of(stretch, paths)
            late = notification is None or notification.from_us > stretch.limit_us
            if late and not self.known(stretch.onset_us, stretch.limit_us):
                return stretch
        return None

    def state(self, paths: Sequence[str]) -> SilenceState:
        """Judge it: alerted in time or not.

        Excused if its limit is beyond the end of the run, or if it ended without an alert before its limit, or if its
        follower knew of it by another alarm.
        """
        if self.limit_us > self.over_us:
            return "excused"
        if self.alerted_in_time(paths):
            return "held" if self.missed(paths) is None else "violated"
        if self.known(self.onset_us, self.limit_us):
            return "excused"
        return "excused" if self.until_us is not None and self.until_us < self.limit_us else "violated"


def silences(evidence: Evidence, within_us: int) -> list[Silence]:
    """Return every silence of every judged phone, for the limit L, phone by phone in order of time."""
    found = []
    for number, phone in evidence.phones.items():
        presented = evidence.notifications.get(number, ())
        said_us = tuple(one.at_us for one in evidence.said_of("alarm", number))
        before: Blind | None = None
        for stretches in joined(evidence.blind[number], gap_us=within_us):
            silence = whole(stretches)
            seeing = [Standstill(one.until_us or NEVER_US, later.onset_us) for one, later in pairwise(stretches)]
            pauses = [*evidence.cut_off(phone), *seeing]
            found.append(
                Silence(
                    phone,
                    silence.onset_us,
                    silence.until_us,
                    limit_us(silence.onset_us, within_us, pauses),
                    tuple(t for t in presented if _counts(t, silence, before, phone.no_data_after_us)),
                    evidence.moments.end_us,
                    tuple(_due(stretches, within_us, pauses, evidence.moments.end_us)),
                    said_us,
                )
            )
            before = silence
    return found


def _due(stretches: Sequence[Blind], within_us: int, pauses: Sequence[Standstill], end_us: int) -> Iterator[Again]:
    """Return those of a silence's later stretches by whose limits it still lasted, within the run."""
    until_us = stretches[-1].until_us
    for stretch in stretches[1:]:
        due_us = limit_us(stretch.onset_us, within_us, pauses)
        if due_us <= end_us and (until_us is None or until_us >= due_us):
            yield Again(stretch.onset_us, due_us)


def _counts(notification: Notification, silence: Blind, before: Blind | None, delay_us: int) -> bool:
    """Say whether what a phone presents counts as an alert about this silence.

    It must be presented at some moment of it, and be confirmed by the push gateway. A notice counts whenever it came:
    it speaks of the service. An alarm from before the onset counts unless it is an earlier silence's: unless it came
    before that one had ended, or speaks of a reading so old that the blindness it is about began before that one had
    ended. One that speaks of no reading is as old as the message that it came with.
    """
    begins_us = max(notification.from_us, silence.onset_us)
    if not notification.corroborated or (notification.until_us is not None and notification.until_us <= begins_us):
        return False
    if silence.until_us is not None and notification.from_us > silence.until_us:
        return False
    if notification.what == Kind.NOTICE or notification.from_us >= silence.onset_us or before is None:
        return True
    ended_us = NEVER_US if before.until_us is None else before.until_us
    if notification.measured_us is not None:
        return notification.from_us >= ended_us <= notification.measured_us + delay_us
    return notification.from_us >= ended_us and (notification.sent_us is None or notification.sent_us >= ended_us)
