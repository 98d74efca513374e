"""Q1 to Q6, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import Blind
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.limits import cuts, passed
from tests.oracle.paths import counting
from tests.oracle.people import holds, knows
from tests.oracle.provider import tells_of_silence_in_vain
from tests.oracle.seen import Seen
from tests.oracle.silences import Silence, presented, silences


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each alert in a blind stretch after which another was due."""
    cases = []
    for silence in silences(seen, knobs["within_us"]) if knobs["every_us"] else []:
        for stretch in silence.stretches:
            cases += _cases(seen, silence, stretch, knobs)
    return verdict(seen, cases)


def _cases(seen: Seen, silence: Silence, stretch: Blind, knobs: dict[str, Any]) -> list[Case]:
    phone, end_us = silence.phone, seen.end_us
    begin_us, until_us = stretch
    pauses = cuts(seen, phone)
    by_us = passed(begin_us, knobs["within_us"], pauses)
    paths = counting(seen, phone, knobs["alert_paths"], begin_us, 1 << 62 if by_us is None else by_us)
    alerts = [one.from_us for one in silence.counting if one.path in paths and presented(one, begin_us, until_us)]
    said = [
        one
        for one in knows(seen, phone, "alarm")
        if begin_us <= one.at_us and (until_us is None or one.at_us < until_us)
    ]
    cases: list[Case] = []
    told_us = max(min(alerts), begin_us) if alerts else None
    again_us = knobs["every_us"] if phone.again_us is None else phone.again_us
    while told_us is not None and again_us != 0:
        due_us = passed(told_us, again_us + knobs["within_us"], pauses)
        if due_us is None or due_us > end_us or (until_us is not None and until_us < due_us):
            break
        paths = counting(seen, phone, knobs["alert_paths"], told_us, due_us)
        later = [one.from_us for one in silence.counting if one.path in paths and one.from_us > told_us]
        held_off = holds(said, told_us, min([due_us, *later]))
        if held_off:
            ends = [one.until_us for one in held_off if one.until_us is not None]
            if len(ends) < len(held_off):
                break
            told_us = max(ends)
            continue
        state = "held" if any(at_us <= due_us for at_us in later) else "violated"
        if state == "violated" and tells_of_silence_in_vain(seen, phone, told_us, due_us, paths):
            state = "excused"
        cases.append(Case(state, begin_us - phone.delay_us, due_us, told_us, phone.number))
        told_us = min(later) if later else None
    return cases
