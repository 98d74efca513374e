"""Y1 to Y6, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.paths import within_service
from tests.oracle.seen import Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each try that says something about the door."""
    tries = seen.of("entry_tried")
    cases = []
    for row in tries:
        if row["at_us"] > seen.end_us or row["outcome"] == "info" or row["detail"] == "own_session":
            continue
        if row["detail"] == "right_password":
            state = "held" if row["outcome"] == "let_in" else _refused(seen, row)
        elif row["outcome"] == "let_in":
            state = "violated"
        else:
            round_of_it = [other for other in tries if other["value"] == row["value"] and other["outcome"] == "let_in"]
            done = [other["detail"] for other in round_of_it]
            state = "held" if "right_password" in done and "own_session" in done else "excused"
        cases.append(Case(state, row["sent_us"], row["at_us"], row["at_us"]))
    return verdict(seen, cases)


def _refused(seen: Seen, row: dict[str, Any]) -> str:
    if row["intended_us"] is None or row["sent_us"] < row["intended_us"] + seen.grace_us:
        return "excused"
    for fault in seen.faults:
        if within_service(fault) and fault.there(row["sent_us"] - seen.grace_us, row["at_us"]):
            return "excused"
    return "violated"
