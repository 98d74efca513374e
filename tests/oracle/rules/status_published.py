"""P1 to P13, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import Blind, many_blind, many_blind_if_shown_later, touches
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.paths import within_service
from tests.oracle.seen import Seen

Look = tuple[int, bool | None]
"""When the page was looked at, and whether it showed an incident; none: it could not be read."""


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each stretch in which many are blind, the closing after the last, and false incidents."""
    within_us = knobs["within_us"]
    looks = [
        (row["at_us"], row["detail"] == "incident" if row["outcome"] == "ok" else None) for row in seen.of("status")
    ]
    stretches = many_blind(seen)
    cases = [_shown(seen, stretch, looks, within_us) for stretch in stretches]
    if stretches and any(incident and at_us >= stretches[0][0] for at_us, incident in looks):
        cases.append(_closing(seen, stretches[-1], looks, within_us))
    return verdict(seen, cases + _false(seen, looks, within_us))


def _shown(seen: Seen, stretch: Blind, looks: list[Look], within_us: int) -> Case:
    begin, end = stretch
    until_us = seen.end_us if end is None else end
    limit_us = begin + within_us
    if any(incident and begin <= at_us <= min(limit_us, until_us) for at_us, incident in looks):
        state = "held"
    elif until_us < limit_us:
        state = "excused"
    elif _unreadable(looks, begin, limit_us) or _at_next_look(looks, limit_us) is True:
        state = "in doubt"
    else:
        state = "violated"
    return Case(state, begin, limit_us, begin)


def _closing(seen: Seen, last: Blind, looks: list[Look], within_us: int) -> Case:
    heals = [fault.until_us for fault in seen.faults]
    if last[1] is None or None in heals:
        return Case("excused", 0, 0, 0)
    from_us = max([last[1], *(heal for heal in heals if heal is not None)])
    limit_us = from_us + within_us
    read = [incident for at_us, incident in looks if from_us <= at_us <= limit_us and incident is not None]
    if limit_us > seen.end_us:
        state = "excused"
    elif not read:
        state = "in doubt"
    elif not read[-1]:
        state = "held"
    elif _unreadable(looks, from_us, limit_us) or _at_next_look(looks, limit_us) is False:
        state = "in doubt"
    else:
        state = "excused" if _another(seen, looks, from_us, limit_us) else "violated"
    return Case(state, from_us, limit_us, from_us)


def _another(seen: Seen, looks: list[Look], from_us: int, limit_us: int) -> bool:
    """P13."""
    clear = [at_us for at_us, incident in looks if incident is False and from_us <= at_us <= limit_us]
    unsaid = many_blind_if_shown_later(seen, seen.way.poll_every_us + seen.grace_us)
    return bool(clear) and any(clear[0] < begin <= limit_us for begin, _ in unsaid)


def _unreadable(looks: list[Look], from_us: int, until_us: int) -> bool:
    """Say whether the page could not be read for more than half of that time on end (P4)."""
    read = [at_us for at_us, incident in looks if from_us <= at_us <= until_us and incident is not None]
    marks = [from_us, *read, until_us]
    return any((marks[place] - marks[place - 1]) * 2 > until_us - from_us for place in range(1, len(marks)))


def _at_next_look(looks: list[Look], limit_us: int) -> bool | None:
    """Return what the next look that could be read showed, if the newest at the limit could not be."""
    before = [incident for at_us, incident in looks if at_us <= limit_us]
    after = [incident for at_us, incident in looks if at_us > limit_us and incident is not None]
    return after[0] if before and before[-1] is None and after else None


def _false(seen: Seen, looks: list[Look], within_us: int) -> list[Case]:
    early_us = seen.way.reading_every_us + seen.way.poll_every_us + seen.grace_us
    longest_us = max((phone.delay_us for phone in seen.phones), default=0)
    stretches = many_blind(seen)
    unsaid = many_blind_if_shown_later(seen, seen.way.poll_every_us + seen.grace_us)
    closing_us = stretches[-1][1] if stretches else None
    cases: list[Case] = []
    opened_us: int | None = None
    said = False
    for at_us, incident in looks:
        if incident is None:
            continue
        if not incident:
            opened_us = None
            continue
        if opened_us is None:
            opened_us, said = at_us, False
        blind = any(touches(stretch, at_us - within_us, at_us + early_us) for stretch in stretches)
        blind = blind or any(touches(stretch, at_us - within_us, at_us + early_us) for stretch in unsaid)
        broken = any(within_service(fault) and fault.there(at_us - within_us, at_us) for fault in seen.faults)
        late = closing_us is not None and opened_us <= closing_us <= at_us
        if not said and not blind and not broken and not late and at_us <= seen.end_us - early_us:
            said = True
            cases.append(Case("violated", at_us - within_us - longest_us, at_us + early_us, at_us))
    return cases
