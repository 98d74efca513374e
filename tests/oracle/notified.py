"""What phones present, and whether the push gateway confirms it: D17 to D22."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.oracle.limits import back, cuts
from tests.oracle.seen import Phone, Row, Seen


class Notification(NamedTuple):
    """An alarm or a notice. ``until_us``: none: never cleared."""

    kind: str
    path: str | None
    from_us: int
    until_us: int | None
    measured_us: int | None
    confirmed: bool
    newest_message_us: int | None
    """When the newest message that confirms it was taken."""


@lru_cache(maxsize=2)
def notifications(seen: Seen) -> dict[int, list[Notification]]:
    """Return what each phone presents, in order."""
    taken: dict[tuple[int, str], list[Row]] = {}
    for row in seen.of("accepted"):
        if row["outcome"] == "ok":
            taken.setdefault((row["phone"], row["path"]), []).append(row)
    rows = [row for row in seen.rows if row["kind"] in ("alarm", "notice", "clear") and row["at_us"] <= seen.end_us]
    found: dict[int, list[Notification]] = {}
    for phone in seen.phones:
        own = [row for row in rows if row["phone"] == phone.number]
        found[phone.number] = [
            _notification(seen, phone, row, own[place + 1 :], taken)
            for place, row in enumerate(own)
            if row["kind"] != "clear"
        ]
    return found


def _notification(
    seen: Seen, phone: Phone, row: Row, after: list[Row], taken: dict[tuple[int, str], list[Row]]
) -> Notification:
    until_us = None
    for later in after:
        if later["kind"] == "clear" and later["detail"] == row["kind"]:
            until_us = later["at_us"]
            break
    speaks_of_us = row["measured_us"] if row["kind"] == "alarm" else None
    pushed = [path.pushed for path in seen.paths if path.name == row["path"]]
    newest_us = None
    if True in pushed:
        longest_us = max(other.delay_us for other in seen.phones)
        since_us = back(row["at_us"], longest_us, cuts(seen, phone))
        fits = {"alarm": "no_data", "notice": "notice"}[row["kind"]]
        for message in taken.get((phone.number, row["path"]), []):
            of_kind = message["detail"] in (None, "", fits)
            in_time = since_us <= message["at_us"] <= row["at_us"] + seen.grace_us
            young = speaks_of_us is None or message["at_us"] >= speaks_of_us
            if of_kind and in_time and young:
                newest_us = max(message["at_us"], newest_us or message["at_us"])
    confirmed = newest_us is not None if True in pushed else False in pushed
    return Notification(row["kind"], row["path"], row["at_us"], until_us, speaks_of_us, confirmed, newest_us)
