"""N1 to N7, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.paths import of_service
from tests.oracle.people import knows
from tests.oracle.provider import tells_of_silence_in_vain
from tests.oracle.seen import Seen
from tests.oracle.silences import Silence, presented, silences


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each silence."""
    paths = knobs["alert_paths"] or of_service(seen)
    cases = []
    for silence in silences(seen, knobs["within_us"]):
        last_us = max([limit_us for _, limit_us in silence.due], default=silence.onset_us)
        until_us = seen.end_us if silence.limit_us is None else max(silence.limit_us, last_us)
        from_us = silence.onset_us - silence.phone.delay_us
        state = _state(seen, silence, paths)
        if state == "violated" and tells_of_silence_in_vain(seen, silence.phone, from_us, until_us, paths):
            state = "excused"
        cases.append(Case(state, from_us, until_us, silence.onset_us, silence.phone.number))
    return verdict(seen, cases)


def _state(seen: Seen, silence: Silence, paths: tuple[str, ...]) -> str:
    limit_us = silence.limit_us
    if limit_us is None or limit_us > seen.end_us:
        return "excused"
    said_us = [one.at_us for one in knows(seen, silence.phone, "alarm")]
    alerts = [one for one in silence.counting if one.path in paths]
    if not any(one.from_us <= limit_us for one in alerts):
        if any(silence.onset_us <= at_us <= limit_us for at_us in said_us):
            return "excused"
        return "excused" if silence.until_us is not None and silence.until_us < limit_us else "violated"
    for onset_us, due_us in silence.due:
        known = any(onset_us <= at_us <= due_us for at_us in said_us)
        if not known and not any(presented(one, onset_us, due_us) for one in alerts):
            return "violated"
    return "held"
