"""S1 to S7, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import UNKNOWN, Case, Verdict, verdict
from tests.oracle.readings import acknowledged
from tests.oracle.seen import MINUTE_US, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each acknowledged reading, and each stored one of which there are too many copies."""
    if not seen.of("stored_probed"):
        return UNKNOWN
    first = {(one.patient, one.measured_us): one for one in acknowledged(seen)}
    copies: dict[tuple[int, int], list[int]] = {}
    for row in seen.of("stored"):
        copies.setdefault((row["patient"], row["measured_us"]), []).append(row["value"])
    cases = []
    for key in sorted({*first, *copies}):
        answers = [row for row in seen.of("stored_probed") if row["patient"] == key[0] and row["outcome"] == "ok"]
        asked_us = min((row["at_us"] if row["sent_us"] is None else row["sent_us"] for row in answers), default=None)
        said = sum(row["value"] or 0 for row in answers)
        here = sum(1 for row in seen.of("stored") if row["patient"] == key[0])
        one, values = first.get(key), copies.get(key, [])
        too_many = len(values) > len(answers)
        if one is None and not too_many:
            continue
        if asked_us is None or said != here:
            state = "in doubt"
        elif too_many:
            state = "violated"
        elif one is not None and one.value in values:
            state = "held"
        elif one is not None and one.at_us > asked_us - 2 * MINUTE_US:
            state = "excused"
        else:
            state = "violated"
        at_us = one.at_us if one is not None else asked_us or 0
        from_us = one.sent_us if one is not None and one.sent_us is not None else at_us
        cases.append(Case(state, from_us, at_us, at_us))
    return verdict(seen, cases)
