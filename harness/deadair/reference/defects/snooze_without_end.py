"""Takes a snooze for an acknowledgement: who asked to be told again later is told no more of that silence."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog


class SnoozeWithoutEnd(Watchdog):
    """Knows no difference between the two."""

    def _know(self, watched: Watched) -> None:
        if watched.snoozed_until_s:
            watched = watched._replace(acknowledged_s=max(watched.acknowledged_s, watched.alarmed_s, watched.onset_s))
        super()._know(watched)


DEFECT = Defect(
    name="snooze-without-end",
    what=__doc__,
    seen="xDrip+, which raises an alert of missed readings again only where an option says so.",
    parts={Watchdog: SnoozeWithoutEnd},
    caught=(Catch("smoke/people", rule="no_data_repeats"),),
)
