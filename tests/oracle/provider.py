"""What the push provider took and swallowed: D35."""

from __future__ import annotations

from tests.oracle.seen import Phone, Row, Seen


def swallowed(seen: Seen, phone: Phone) -> list[Row]:
    """Return the messages for a phone that were taken while a fault swallowed them."""
    found = []
    for row in seen.of("accepted"):
        if row["outcome"] != "ok" or row["phone"] != phone.number:
            continue
        for fault in seen.faults:
            whose = fault.cohort is None or fault.cohort == phone.cohort
            if fault.kind == "push_drop" and whose and fault.there(row["at_us"], row["at_us"]):
                found.append(row)
                break
    return found


def tells_of_silence_in_vain(seen: Seen, phone: Phone, from_us: int, until_us: int, paths: tuple[str, ...]) -> bool:
    """Say whether a message of a silence was swallowed, and all of these paths go by the push provider."""
    if any(not path.pushed and path.name in paths for path in seen.paths):
        return False
    return any(
        row["path"] in paths
        and row["detail"] in ("no_data", "notice", "", None)
        and from_us <= row["at_us"] <= until_us
        for row in swallowed(seen, phone)
    )
