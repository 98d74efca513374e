"""I1 to I4, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.paths import alerting_struck
from tests.oracle.people import knows
from tests.oracle.seen import Seen
from tests.oracle.silences import silences


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each silence."""
    named = knobs["alert_paths"] or [path.name for path in seen.paths]
    cases = []
    for silence in silences(seen, knobs["within_us"]):
        limit_us = silence.limit_us
        state = "excused"
        if limit_us is not None and limit_us <= seen.end_us:
            by = {one.path for one in silence.counting if one.path in named and one.from_us <= limit_us}
            ended = silence.until_us is not None and silence.until_us < limit_us
            known = any(silence.onset_us <= one.at_us <= limit_us for one in knows(seen, silence.phone, "alarm"))
            if len(by) >= knobs["at_least"]:
                state = "held"
            elif not (ended or known or alerting_struck(seen, silence.phone, silence.onset_us, limit_us)):
                state = "violated"
        from_us = silence.onset_us - silence.phone.delay_us
        cases.append(Case(state, from_us, limit_us or seen.end_us, silence.onset_us, silence.phone.number))
    return verdict(seen, cases)
