"""S1 to S9, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import UNKNOWN, Case, Verdict, verdict
from tests.oracle.readings import Acknowledged, acknowledgements, code, made
from tests.oracle.seen import MINUTE_US, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each acknowledged reading, and each stored one of which there are too many copies."""
    if not seen.of("stored_probed"):
        return UNKNOWN
    times = acknowledgements(seen)
    last = {key: _last(seen, acks) for key, acks in times.items()}
    copies: dict[tuple[int, int], list[int]] = {}
    for row in seen.of("stored"):
        copies.setdefault((row["patient"], row["measured_us"]), []).append(row["value"])
    cases = []
    for key in sorted({*last, *copies}):
        answers = [row for row in seen.of("stored_probed") if row["patient"] == key[0] and row["outcome"] == "ok"]
        asked_us = min((row["at_us"] if row["sent_us"] is None else row["sent_us"] for row in answers), default=None)
        said = sum(row["value"] or 0 for row in answers)
        here = sum(1 for row in seen.of("stored") if row["patient"] == key[0])
        one, values = last.get(key), copies.get(key, [])
        too_many = len(values) > len(answers) and not all(code(value) for value in values)
        if one is None and not too_many:
            continue
        if asked_us is None or said != here:
            state = "in doubt"
        elif too_many:
            state = "violated"
        elif one is not None and any(value in values for value in _right(seen, times[key], one)):
            state = "held"
        elif one is not None and (
            one.at_us > asked_us - 2 * MINUTE_US or any(value in values for value in _unsure(seen, key))
        ):
            state = "excused"
        else:
            state = "violated"
        at_us = one.at_us if one is not None else asked_us or 0
        from_us = one.sent_us if one is not None and one.sent_us is not None else at_us
        cases.append(Case(state, from_us, at_us, at_us))
    return verdict(seen, cases)


def _values(seen: Seen, key: tuple[int, int]) -> set[int]:
    """Return the values that a device gave a reading."""
    return {value for patient, measured_us, value in made(seen) if (patient, measured_us) == key}


def _last(seen: Seen, acks: list[Acknowledged]) -> Acknowledged:
    """S8: the value acknowledged last, as it was first since another one; without a correction the first of all."""
    if len(_values(seen, acks[0][:2])) < 2:
        return acks[0]
    found = acks[0]
    for one in acks:
        if one.value != found.value:
            found = one
    return found


def _right(seen: Seen, acks: list[Acknowledged], last: Acknowledged) -> set[int]:
    """S3 and S8."""
    if len(_values(seen, last[:2])) < 2:
        return {last.value}
    sent_us = last.at_us if last.sent_us is None else last.sent_us
    return {last.value} | {one.value for one in acks if one.at_us >= sent_us}


def _unsure(seen: Seen, key: tuple[int, int]) -> set[int]:
    """S9."""
    values = _values(seen, key)
    for row in seen.of("upload"):
        if row["patient"] == key[0] and row["outcome"] == "info" and row["at_us"] >= key[1] and len(values) > 1:
            return values
    return set()
