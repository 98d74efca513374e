"""Whether a slow link can be told from a fast one and from a cut: its delay beside all that waits for what it carries.

Pure. Knows the model, how fine a delay can be seen, and who waits how long: the fleet, and a target's nodes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

from deadair.documents.error_text import Problem
from deadair.faults.latency import Latency
from deadair.faults.partition import Partition
from deadair.fleet.phones.phone import DOWN_AFTER_S
from deadair.fleet.request_outcome import request_limit_s
from deadair.injectors.link_delays import LEAST_REAL_S
from deadair.model.duration import show
from deadair.scenario.model import Entry, Scenario
from deadair.scenario.overlaps import meeting
from deadair.targets.target import LEAST_WAIT_REAL_S, Target

LAST_MILE = "last_mile"


def vain_delays(scenario: Scenario) -> Iterator[Problem]:
    """Refuse a delay that nobody could see, or that would be no delay."""
    speed = scenario.speed
    for number, entry, fault in _slow(scenario):
        where = ("timeline", number, "fault", "delay")
        least_real_s, most_s = fault.least.total_seconds() / speed, fault.most.total_seconds()
        if least_real_s < LEAST_REAL_S:
            least = timedelta(milliseconds=math.ceil(LEAST_REAL_S * speed * 1000)) + fault.jitter
            what = (
                f"it cannot be told from none: delay - jitter = {show(fault.delay)} - {show(fault.jitter)} at speed "
                f"{speed:g} is {least_real_s:.4g} real s, and a delay can be seen from {LEAST_REAL_S:g} real s on"
            )
            yield Problem(where, f"{what}; write at least {show(least)} or a lower speed")
        elif entry.where.name == LAST_MILE and 2 * most_s / speed >= DOWN_AFTER_S:
            what = (
                f"it is a cut: a phone's ping and its answer take up to 2 × {show(fault.most)}, "
                f"{2 * most_s / speed:.2g} real s at speed {speed:g}, and after {DOWN_AFTER_S:g} real s "
                "the phone takes its link for down"
            )
            yield Problem(where, f"{what}; let it be shorter, or write a partition")
        least_s = fault.proof_real_s * speed + 2 * most_s
        if fault.proof_real_s * speed <= entry.lasts.total_seconds() < least_s:
            what = (
                f"nothing may be seen to pass within {show(entry.lasts)}: the proof takes {fault.proof_real_s:g} "
                f"real s, and a question and its answer up to 2 × {show(fault.most)} longer"
            )
            yield Problem(
                ("timeline", number, "lasts"), f"{what}; write at least {show(timedelta(seconds=math.ceil(least_s)))}"
            )
    for first, second in meeting(scenario):
        one, other = scenario.timeline[first], scenario.timeline[second]
        if {type(one.fault), type(other.fault)} == {Latency, Partition}:
            what = f"overlaps f{first + 1} on `{other.where}`: a link that is silent cannot be slow; move one"
            yield Problem(("timeline", second), what)


def doubtful_delays(scenario: Scenario, target: Target | None) -> Iterator[Problem]:
    """Warn of a delay that is a cut for whoever waits for an answer."""
    speed = scenario.speed
    for number, entry, fault in _slow(scenario):
        if (patience := _patience(entry, speed, target)) is not None:
            who, waits_s = patience
            takes_s = 2 * fault.delay.total_seconds() / speed
            if takes_s >= waits_s:
                what = (
                    "it is a cut for whoever waits no longer, and live it may not be proved: a question and its "
                    f"answer take 2 × {show(fault.delay)}, {takes_s:.2g} real s at speed {speed:g}, "
                    f"and {who} {waits_s:g} real s"
                )
                least = timedelta(milliseconds=math.floor(waits_s * speed * 500))
                yield Problem(("timeline", number, "fault", "delay"), f"{what}; write less than {show(least)}")


def _slow(scenario: Scenario) -> Iterator[tuple[int, Entry, Latency]]:
    for number, entry in enumerate(scenario.timeline):
        if isinstance(entry.fault, Latency):
            yield number, entry, entry.fault


def _patience(entry: Entry, speed: float, target: Target | None) -> tuple[str, float] | None:
    """Return who waits for answers over a link, and how many real seconds; none: nobody knows."""
    outer = {"uplink", "downlink", LAST_MILE} if target is None else {one.name for one in target.links if one.outer}
    if entry.where.name in outer:
        return "the fleet waits", request_limit_s(speed)
    if target is None or target.answer_within_s is None:
        return None
    return f"the target {target.name!r} waits", max(LEAST_WAIT_REAL_S, target.answer_within_s / speed)
