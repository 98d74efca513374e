"""R1 to R9, in plain loops."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.oracle.blindness import Blind, blind, touches
from tests.oracle.cases import UNKNOWN, Case, Verdict, verdict
from tests.oracle.readings import code
from tests.oracle.seen import Phone, Row, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each phone, and the backlog."""
    if any(fault.until_us is None for fault in seen.faults):
        return UNKNOWN
    healed_us = max((fault.until_us for fault in seen.faults if fault.until_us is not None), default=seen.recovery_us)
    whole_us = healed_us + knobs["within_us"]
    if seen.aborted and seen.end_us < whole_us:
        return UNKNOWN
    judged_us = min(whole_us, seen.end_us)
    early = (whole_us - judged_us) * 10 > knobs["within_us"]
    cases = []
    for phone in seen.judged:
        still = [stretch for stretch in blind(seen)[phone.number] if touches(stretch, judged_us, seen.end_us)]
        excused = bool(still)
        still = [one for one in still if not _spared(seen, phone, one, judged_us)]
        state = ("excused" if excused else "held") if not still else "in doubt" if early else "violated"
        cases.append(Case(state, healed_us, seen.end_us, still[0][0] if still else judged_us, phone.number))
    return verdict(seen, cases + _backlog(seen, healed_us, judged_us))


def _spared(seen: Seen, phone: Phone, stretch: Blind, judged_us: int) -> bool:
    """R9: say whether every moment of a blind stretch that is judged is one of D34."""
    rests = _rests(seen, phone)
    end_us = seen.end_us if stretch[1] is None else min(seen.end_us, stretch[1] - 1)
    edges = [max(stretch[0], judged_us), *(end + 1 for _, end in rests if end is not None)]
    moments = [edge for edge in edges if max(stretch[0], judged_us) <= edge <= end_us]
    return all(any(begin <= moment and (end is None or moment <= end) for begin, end in rests) for moment in moments)


def _rests(seen: Seen, phone: Phone) -> list[tuple[int, int | None]]:
    """D34."""
    limit_us = seen.way.patience_us + 2 * seen.way.poll_every_us + seen.grace_us
    withheld = [row for row in seen.of("withheld") if row["patient"] == phone.patient]
    moments = {row["at_us"] for row in withheld}
    good: list[Row] = []
    for row in seen.of("measured"):
        if row["patient"] == phone.patient and not code(row["value"]) and row["at_us"] not in moments:
            good.append(row)
    found = []
    for begin in withheld:
        before = [row["measured_us"] for row in good if row["at_us"] < begin["at_us"]]
        after = [row["at_us"] for row in good if row["at_us"] > begin["at_us"]]
        since_us = max(before) + phone.delay_us if before else -(1 << 60)
        found.append((since_us, min(after) + limit_us if after else None))
    return found


def _backlog(seen: Seen, healed_us: int, judged_us: int) -> list[Case]:
    probes = seen.of("backlog")
    if not probes:
        return []
    warm_up = [row["value"] for row in probes if seen.warm_up_us <= row["at_us"] < seen.storm_us]
    calm = [value for value in warm_up if value is not None]
    newest = [row for row in probes if healed_us <= row["at_us"] <= judged_us][-3:]
    answered = [row for row in newest if row["value"] is not None]
    apart = [probes[place]["at_us"] - probes[place - 1]["at_us"] for place in range(1, len(probes))]
    old_us = max((judged_us - healed_us) / 4, 1.5 * median(apart or [0]))
    state = "in doubt"
    if calm and answered and judged_us - answered[-1]["at_us"] <= old_us:
        level = max(calm) + max(10, seen.devices * 5 / 100)
        state = "held" if any(row["value"] <= level for row in answered) else "violated"
    return [Case(state, healed_us, judged_us, judged_us)]
