"""What followers say to what rings on their phones: D33, in plain loops."""

from __future__ import annotations

from typing import NamedTuple

from tests.oracle.seen import SECOND_US, Phone, Seen


class Knows(NamedTuple):
    """An acknowledgement (``until_us``: none) or a snooze."""

    at_us: int
    until_us: int | None


def knows(seen: Seen, phone: Phone, what: str) -> list[Knows]:
    """Return what was said on a phone of an alarm or a low, in order."""
    found = []
    own = [row for row in seen.rows if row["phone"] == phone.number and row["at_us"] <= seen.end_us]
    for place, row in enumerate(own):
        if row["kind"] != "person" or row["detail"] not in ("acknowledge", "snooze"):
            continue
        presents = False
        for before in own[:place]:
            if before["kind"] == what:
                presents = True
            if before["kind"] == "clear" and before["detail"] == what:
                presents = False
        if presents:
            snoozed = row["detail"] == "snooze"
            found.append(Knows(row["at_us"], row["at_us"] + (row["value"] or 0) * SECOND_US if snoozed else None))
    return found


def holds(said: list[Knows], told_us: int, by_us: int) -> list[Knows]:
    """Return what was said from the telling to a moment, or before it and holds still, and ends after the telling."""
    found = []
    for one in said:
        ends_later = one.until_us is None or one.until_us > told_us
        if ends_later and (one.at_us < told_us or told_us <= one.at_us <= by_us):
            found.append(one)
    return found
