"""Whether a fault is long, strong and busy enough to be proved by its signature.

Pure. Knows the model, the faults, and what a load process has to offer with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from deadair.documents.error_text import Problem
from deadair.faults.fault import GRACE_REAL_S, LOOK_EVERY_REAL_S, Fault
from deadair.faults.latency import Latency
from deadair.faults.overload import SHARE, Overload
from deadair.faults.partition import Partition
from deadair.fleet.load.overload import OverloadLoad
from deadair.fleet.request_outcome import request_limit_s
from deadair.fleet.roster import members_of, phones_by_cohort
from deadair.model.duration import show
from deadair.model.plural import count
from deadair.scenario.model import Entry, Scenario

LINK_IS: Mapping[type[Fault], str] = {Latency: "slow", Partition: "silent"}
SENDS_WANTED = 3
"""Where fewer requests than these are to be expected, chance may send none."""


def too_short(scenario: Scenario) -> Iterator[Problem]:
    """Refuse a fault that is over before it could be looked at as often as its proof needs."""
    for number, entry in enumerate(scenario.timeline):
        fault, least_s = entry.fault, entry.fault.proof_real_s * scenario.speed
        if entry.lasts.total_seconds() < least_s:
            ramp = f" + {fault.ramp_real_s:g} s to come up to speed" if fault.ramp_real_s else ""
            looks = f" + {fault.looks - 1} × {LOOK_EVERY_REAL_S:g} s between looks" if fault.looks > 1 else ""
            what = (
                f"{show(entry.lasts)} at speed {scenario.speed:g} is "
                f"{entry.lasts.total_seconds() / scenario.speed:.2g} real s, and the proof of `{fault.name}` takes "
                f"{GRACE_REAL_S:g} s of grace{ramp}{looks} = {fault.proof_real_s:g} real s"
            )
            yield Problem(("timeline", number, "lasts"), f"{what}; write at least {_show_s(least_s)} or a lower speed")


def too_strong(scenario: Scenario) -> Iterator[Problem]:
    """Warn of an overload that one load process cannot offer to a service that answers nobody in time."""
    limit_s = request_limit_s(scenario.speed)
    most = OverloadLoad.connections / limit_s
    for number, entry in enumerate(scenario.timeline):
        if not isinstance(entry.fault, Overload):
            continue
        base = scenario.fleet.requests_per_s * scenario.speed
        if SHARE * entry.fault.times * base > most:
            what = (
                f"live it may not be proved: {entry.fault.times:g} × {base:g} = {entry.fault.times * base:.0f} requests"
                f" a real second, {SHARE:.0%} of them wanted; a load process has {OverloadLoad.connections} connections"
                f" and waits up to {limit_s:g} s on each, so it may offer no more than {most:.0f}"
            )
            yield Problem(("timeline", number, "fault", "times"), f"{what}; write {most / SHARE / base:.3g} or less")


def too_quiet(scenario: Scenario) -> Iterator[Problem]:
    """Warn of a partition or a latency so short that perhaps nobody sends anything over the link meanwhile."""
    fleet = scenario.fleet
    per_link = {
        "uplink": (members_of(fleet), fleet.reading_every, "reading_every"),
        "downlink": (phones_by_cohort(fleet, seed=scenario.seed), fleet.poll_every, "poll_every"),
    }
    members = members_of(fleet)
    for number, entry in enumerate(scenario.timeline):
        if not isinstance(entry.fault, Latency | Partition) or entry.where.name not in per_link:
            continue
        senders, every, name = per_link[entry.where.name]
        there = [
            *(cohort for cohort, each in members.items() if each),
            *(name for name in senders if name not in members),
        ]
        cohorts = {cohort: senders[cohort] for cohort in there if _struck(entry, cohort)}
        seen = entry.lasts - timedelta(seconds=(GRACE_REAL_S + LOOK_EVERY_REAL_S) * scenario.speed)
        cohort, least = min(cohorts.items(), key=lambda pair: pair[1], default=("", 0))
        if (expected := least * (seen / every)) < SENDS_WANTED:
            who = "device" if name == "reading_every" else "phone"
            what = (
                f"it may not be proved: {count(least, who)} of `{cohort}` "
                f"{'sends' if least == 1 else 'send'} once in {name} = {show(every)}, "
                f"so about {max(0.0, expected):.2g} requests are to be expected "
                f"while it is looked at, and with none nobody can see that the link is {LINK_IS[type(entry.fault)]}"
            )
            yield Problem(("timeline", number, "lasts"), f"{what}; let it last longer")


def _struck(entry: Entry, cohort: str) -> bool:
    return entry.where.cohort in (None, cohort)


def _show_s(seconds: float) -> str:
    """Write seconds as a duration, rounded up."""
    return show(timedelta(seconds=math.ceil(round(seconds, 3))))
