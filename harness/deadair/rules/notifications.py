"""What a phone presents to its follower: no-data alarms and service notices, from when to when.

Knows nothing of silences: whether an alarm belongs to one is decided there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, NamedTuple

from deadair.history.rows import Kind
from deadair.model.alert_path import AlertPath, pushed

PRESENTED = ["at_us", "phone", "kind", "path", "measured_us", "detail"]
"""What of a row that a phone began or ended to present something is asked for."""

ACCEPTED = ["at_us", "phone", "path", "outcome", "detail"]
"""What of a row of the push gateway's is asked for."""

SAYS = {Kind.ALARM: "no_data", Kind.NOTICE: "notice"}
"""The kind of message that confirms a notification, where the message says its kind."""


class Taken(NamedTuple):
    """A message for a phone that the push gateway took from the target; ``says``: its kind, if it says so."""

    at_us: int
    says: str | None


Since = Callable[[int, int], int]
"""Since when a message may be that a phone (its number) presents at a moment."""

TakenBy = Mapping[tuple[int, str | None], Sequence[Taken]]
"""What was taken, by phone and path (none: it names none), in order."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One alarm or notice, from its presenting until it is cleared."""

    what: Kind
    """ALARM or NOTICE."""
    path: str
    from_us: int
    until_us: int | None = None
    """None: never cleared."""
    measured_us: int | None = None
    """The newest measured time that an alarm speaks of."""
    sent_us: int | None = None
    """When the push gateway took the newest message that confirms it; none if none does, or none is needed."""
    by_itself: bool = False
    """Whether its alert path passes by the push gateway, so that it needs no witness."""

    @property
    def corroborated(self) -> bool:
        """Whether the push gateway took what the phone says it got, if it must have."""
        return self.by_itself or self.sent_us is not None


def notifications(
    rows: Iterable[tuple[Any, ...]],
    taken: TakenBy,
    grace_us: int,
    since: Since,
    alert_paths: Sequence[AlertPath],
) -> dict[int, tuple[Notification, ...]]:
    """Return each phone's notifications by their beginning, from its ALARM, NOTICE, CLEAR rows (``PRESENTED``).

    ``taken``: what the push gateway took, each written up to ``grace_us`` after the phone may have
    the message: two processes write down one moment. A CLEAR dismisses every alarm of the phone, or its notice. A
    notification that is presented again is one more. One by a path that is none of ``alert_paths`` is never confirmed:
    nobody knows where it came from.
    """
    to_confirm = pushed(alert_paths)
    by_itself = {path.name for path in alert_paths} - to_confirm
    done: dict[int, list[Notification]] = {}
    standing: dict[tuple[int, str], list[Notification]] = {}
    for at_us, phone, kind, path, measured_us, detail in rows:
        if kind == Kind.CLEAR:
            cleared = standing.pop((phone, detail), [])
            done.setdefault(phone, []).extend(replace(notification, until_us=at_us) for notification in cleared)
        else:
            spoken_us = measured_us if kind == Kind.ALARM else None
            notification = Notification(
                Kind(kind), path or "", at_us, measured_us=spoken_us, by_itself=path in by_itself
            )
            if notification.path in to_confirm:
                since_us = since(phone, at_us)
                if notification.measured_us is not None:
                    since_us = max(since_us, notification.measured_us)
                sent = taken.get((phone, notification.path), ())
                notification = replace(
                    notification, sent_us=_confirmed_us(notification, sent, since_us, at_us + grace_us)
                )
            standing.setdefault((phone, str(kind)), []).append(notification)
    for (phone, _), open_still in standing.items():
        done.setdefault(phone, []).extend(open_still)
    return {phone: tuple(sorted(found, key=lambda t: (t.from_us, t.path))) for phone, found in done.items()}


def taken_by(accepted: Iterable[tuple[Any, ...]]) -> TakenBy:
    """Read the push gateway's ACCEPTED rows (``ACCEPTED``), given in order."""
    taken: dict[tuple[int, str | None], list[Taken]] = {}
    for at_us, phone, path, outcome, says in accepted:
        if outcome == "ok" and phone is not None:
            taken.setdefault((phone, path), []).append(Taken(at_us, says))
    return taken


def _confirmed_us(notification: Notification, sent: Sequence[Taken], since_us: int, by_us: int) -> int | None:
    """Return when the newest message was taken, by its presenting and since ``since_us``, that says what it says.

    It may be minutes old, for the app holds an early warning until the onset; but none from before the reading that
    the alarm speaks of was measured. It may speak of an older one: what a phone saw last it cannot have confirmed.
    """
    at_us = attrgetter("at_us")
    between = sent[bisect_left(sent, since_us, key=at_us) : bisect_right(sent, by_us, key=at_us)]
    return max((one.at_us for one in between if not one.says or one.says == SAYS[notification.what]), default=None)
