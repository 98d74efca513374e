"""U1 to U8, in plain loops."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.limits import Pause, cuts, passed
from tests.oracle.paths import alerting_struck, counting, strikes_alerting
from tests.oracle.people import Knows, holds, knows
from tests.oracle.provider import swallowed
from tests.oracle.readings import acknowledged, low, made
from tests.oracle.seen import MINUTE_US, Fault, Phone, Row, Seen

YOUNG_US = 10 * MINUTE_US


class LowTime(NamedTuple):
    """A low time of a patient; the measured times of its first and its newest low."""

    begin_us: int
    end_us: int
    first_us: int
    newest_us: int
    same: bool
    """Whether the one before ended by age alone, and no newer reading that is no urgent low came since."""


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each low time on each phone, and each low that a phone presents."""
    cases = []
    for phone in seen.phones:
        lows = [row for row in seen.of("low") if row["phone"] == phone.number and row["at_us"] <= seen.end_us]
        told_us: int | None = None
        begun_us = 0
        for time in low_times(seen, phone.patient):
            if told_us is not None and time.begin_us - told_us >= knobs["again_every_us"]:
                told_us = None
            if told_us is None or not time.same:
                begun_us = time.begin_us - seen.grace_us
            said = [one for one in knows(seen, phone, "low") if one.at_us >= begun_us]
            before_us = told_us if time.same else None
            more, told_us = _told(seen, phone, time, lows, knobs=knobs, told_us=before_us, said=said)
            cases += more
        for row in lows:
            if row["measured_us"] is not None:
                cases.append(_true(seen, phone, row))
    return verdict(seen, cases)


def low_times(seen: Seen, patient: int) -> list[LowTime]:
    """U1."""
    own = [one for one in acknowledged(seen) if one.patient == patient and one.at_us <= seen.end_us]
    found: list[LowTime] = []
    newest_us: int | None = None
    other = True
    for at_us in sorted({one.at_us for one in own}):
        newest = max((one for one in own if one.at_us == at_us), key=lambda one: one.measured_us)
        if newest_us is not None and newest.measured_us <= newest_us:
            continue
        newest_us = newest.measured_us
        lasts = bool(found) and found[-1].end_us > at_us
        if low(newest.value) and at_us - newest.measured_us <= YOUNG_US:
            end_us = newest.measured_us + YOUNG_US
            if lasts:
                found[-1] = found[-1]._replace(end_us=end_us, newest_us=newest.measured_us)
            else:
                found.append(LowTime(at_us, end_us, newest.measured_us, newest.measured_us, bool(found) and not other))
            other = False
        if not low(newest.value):
            other = True
            if lasts:
                found[-1] = found[-1]._replace(end_us=at_us)
    return found


def _told(
    seen: Seen,
    phone: Phone,
    time: LowTime,
    lows: list[Row],
    *,
    knobs: dict[str, Any],
    told_us: int | None,
    said: list[Knows],
) -> tuple[list[Case], int | None]:
    """Return the cases of a low time, and when the phone was told last. ``told_us``: told of the same low before."""
    pauses = cuts(seen, phone)
    pauses += [(fault.from_us, fault.until_us) for fault in seen.faults if _at_push(fault, phone)]
    pauses += _neither_push_nor_poll(seen, phone)
    own = [row for row in lows if _speaks_of(seen, row, time, knobs["within_us"])]
    cases: list[Case] = []
    while True:
        span_us = knobs["within_us"] if told_us is None else knobs["again_every_us"] + knobs["within_us"]
        due_us = passed(time.begin_us if told_us is None else told_us, span_us, pauses)
        by_us = seen.end_us if due_us is None else min(due_us, seen.end_us)
        if alerting_struck(seen, phone, time.first_us, by_us):
            span_us += seen.way.poll_every_us + 2 * seen.grace_us
        paths = counting(seen, phone, knobs["alert_paths"], time.first_us, by_us)
        due_us = passed(time.begin_us if told_us is None else told_us, span_us, pauses)
        by_us = seen.end_us if due_us is None else min(due_us, seen.end_us)
        told = [row["at_us"] for row in own if row["path"] in paths and (told_us is None or row["at_us"] > told_us)]
        if told_us is not None:
            held_off = holds(said, told_us, min([*told, 1 << 62 if due_us is None else due_us]))
            ends = [one.until_us for one in held_off if one.until_us is not None]
            if len(ends) < len(held_off):
                return cases, told_us
            if ends:
                told_us = max(ends)
                continue
        in_time = bool(told) and due_us is not None and min(told) <= due_us
        since_us = time.begin_us if told_us is None else told_us
        beyond = due_us is None or due_us > seen.end_us
        over = due_us is not None and time.end_us < due_us
        lost = not in_time and _swallowed(seen, phone, time.first_us, due_us, paths)
        if told_us is None and not _follows(seen, phone, time.begin_us):
            pass
        elif told_us is None:
            state = "excused" if beyond or lost or (over and not in_time) else "held" if in_time else "violated"
            cases.append(Case(state, time.first_us, by_us, since_us, phone.number))
        elif not beyond and not over and not lost:
            cases.append(Case("held" if in_time else "violated", time.first_us, by_us, since_us, phone.number))
        if not told:
            return cases, told_us
        told_us = min(told)


def _swallowed(seen: Seen, phone: Phone, from_us: int, due_us: int | None, paths: tuple[str, ...]) -> bool:
    """U9."""
    if due_us is None or any(not path.pushed and path.name in paths for path in seen.paths):
        return False
    return any(
        row["path"] in (None, *paths)
        and row["detail"] not in ("no_data", "notice", "clear")
        and from_us <= row["at_us"] <= due_us
        for row in swallowed(seen, phone)
    )


def _at_push(fault: Fault, phone: Phone) -> bool:
    """Say whether a fault is at the push provider, and strikes what is for this phone."""
    return fault.place == "push" and phone.is_of(fault)


def _neither_push_nor_poll(seen: Seen, phone: Phone) -> list[Pause]:
    """Return when a fault that strikes what alerts and one on the phone's way are there at once (D31)."""
    found: list[Pause] = []
    for fault in seen.faults:
        for other in seen.faults:
            on_the_way = other.place in (*seen.way.places, "device", "phone") and phone.is_of(other)
            if not strikes_alerting(seen, phone, fault) or not on_the_way:
                continue
            ends = [] if fault.until_us is None else [fault.until_us]
            ends += [] if other.until_us is None else [other.until_us + seen.way.recovers_us]
            begin = max(fault.from_us, other.from_us)
            if not ends or begin < min(ends):
                found.append((begin, min(ends) if ends else None))
    return found


def _follows(seen: Seen, phone: Phone, at_us: int) -> bool:
    """Say whether a phone has had an answer to a poll by then, if it polls."""
    own = [row for row in seen.of("poll") if row["phone"] == phone.number]
    return not own or any(row["outcome"] == "ok" and row["at_us"] <= at_us for row in own)


def _speaks_of(seen: Seen, row: Row, time: LowTime, within_us: int) -> bool:
    """U2."""
    if not time.begin_us - seen.grace_us <= row["at_us"] <= time.end_us + within_us:
        return False
    if row["measured_us"] is not None and not time.first_us <= row["measured_us"] <= time.newest_us:
        return False
    if not any(path.pushed and path.name == row["path"] for path in seen.paths):
        return True
    since_us = row["at_us"] - YOUNG_US if row["measured_us"] is None else row["measured_us"]
    for message in seen.of("accepted"):
        taken = message["outcome"] == "ok" and message["phone"] == row["phone"]
        fits = message["detail"] not in ("no_data", "notice", "clear") and message["path"] in (None, row["path"])
        if taken and fits and since_us <= message["at_us"] <= row["at_us"] + seen.grace_us:
            return True
    return False


def _true(seen: Seen, phone: Phone, row: Row) -> Case:
    """U6."""
    right = False
    for (patient, measured_us, value), made_us in made(seen).items():
        if (patient, measured_us) == (phone.patient, row["measured_us"]) and low(value) and made_us <= row["at_us"]:
            right = row["at_us"] <= measured_us + YOUNG_US + seen.grace_us
    from_us = min(row["measured_us"], row["at_us"])
    return Case("held" if right else "violated", from_us, row["at_us"], row["at_us"], phone.number)
