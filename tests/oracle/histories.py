"""Draws small histories, plausible and weird, and the rules to judge them by: what the two oracles are compared on.

Times lie on a grid of half minutes, and are often those at which something is due, so that limits are met exactly.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from deadair.model.place import Place
from deadair.model.roster import Device, Roster
from deadair.rules.evidence import Evidence, Moments, Stretch
from deadair.rules.fault_window import FaultWindow
from deadair.rules.rule import Rule, kind_of
from tests.histories.ops import ALERT_PATHS, READING_WAY, history, us
from tests.oracle.drawn_alerts import presented, served
from tests.oracle.drawn_looks import looked_at, stored, tried
from tests.oracle.drawn_people import people
from tests.oracle.drawn_readings import polls, readings, weird
from tests.oracle.harness_side import EVERY_RULE
from tests.oracle.worlds import World, at, worlds

PLACES = (
    "uplink", "uplink[south]", "downlink", "gateway", "processor", "watchdog", "sentinel", "notifier→push",
    "push", "push[south]", "last_mile", "last_mile[north]", "phone[south]", "device",
)  # fmt: skip


CUTTING_OFF = ("last_mile", "last_mile[north]", "last_mile[south]", "phone[south]", "push", "push[south]")
AT_PROVIDER = ("refuse", "push_drop", "push_drop", "push_delay", "push_duplicate")


def faults(draw: st.DrawFn, world: World) -> tuple[FaultWindow, ...]:
    found = []
    for place in range(draw(st.integers(0, 3))):
        begin, where = at(draw, world), draw(st.sampled_from(PLACES))
        while_blind: bool = draw(st.booleans())
        if world.onsets and while_blind:  # somebody is cut off
            onset: float = draw(st.sampled_from(world.onsets))
            begin = max(0.0, onset + draw(st.sampled_from([-5, 0, 4, 14])))
            where = draw(st.sampled_from(CUTTING_OFF))
        lasts = draw(st.sampled_from([0.5, 2, 5, 10, 10, 20, 30, None]))
        world.moments.extend([begin, begin + (lasts or 0)])
        healed_us = None if lasts is None else us(begin + lasts)
        kind = draw(st.sampled_from(AT_PROVIDER)) if where.startswith("push") else "cut"
        found.append(FaultWindow(f"f{place}", kind, Place.parse(where), us(begin), healed_us, silences=True))
    return tuple(found)


def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Draw every rule's knobs: mostly its defaults."""
    paths = st.sampled_from([None, None, ("phone_timer", "service_push"), ("sentinel_push", "phone_timer")])
    named = {"alert_paths": draw(paths)}
    within = {"within": timedelta(minutes=draw(st.sampled_from([5, 5, 10])))}
    every = {"every": timedelta(minutes=draw(st.sampled_from([15, 15, 10, 45])))}
    knobs: dict[str, dict[str, Any]] = {
        "no_data_deadline": {**named, **within},
        "no_data_repeats": {**named, **within, **every},
        "clears": {**within, "notice_within": timedelta(minutes=draw(st.sampled_from([20, 10])))},
        "low_alerted": {**named, **within, "again_every": timedelta(minutes=draw(st.sampled_from([30, 15])))},
        "no_storm": {**every, "requests_per_hour": draw(st.sampled_from([240, 1, 2]))},
        "defence_in_depth": {**named, **within, "at_least": draw(st.sampled_from([2, 2, 3]))},
        "recovers": {"within": timedelta(minutes=draw(st.sampled_from([20, 8])))},
        "status_published": {"within": timedelta(minutes=draw(st.sampled_from([15, 8])))},
    }
    return tuple(type(rule).model_validate(knobs.get(kind_of(rule), {})) for rule in EVERY_RULE)


@st.composite
def judged_histories(draw: st.DrawFn) -> tuple[Evidence, tuple[Rule, ...]]:
    """Draw a history and the rules to judge it by."""
    return draw(histories()), rules(draw)


@st.composite
def histories(draw: st.DrawFn) -> Evidence:
    """Draw a history and what is known of its run."""
    world = draw(worlds())
    rows = readings(draw, world)
    service = served(draw, world, rows) if draw(st.integers(0, 2)) else []
    rows = weird(draw, world, rows + service)
    rows += polls(draw, world) if draw(st.booleans()) else []
    rows += presented(draw, world)
    rows += people(draw, world, rows) if draw(st.booleans()) else []
    rows += looked_at(draw, world) + stored(draw, world, rows)
    rows += tried(draw, world)
    stretches = draw(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 20), st.booleans()), max_size=2))
    doubts = [Stretch(us(begin), us(begin + lasts), "unwell", slows=slows) for begin, lasts, slows in stretches]
    devices = tuple(Device(patient, "south", f"device-{patient}", 0.0) for patient in world.patients)
    begins = draw(st.sampled_from([0, 0, 3]))
    storm = min(10.0, world.end)
    recovery = min(60.0, world.end)
    return Evidence(
        history(rows),
        Roster(devices, world.phones),
        Moments(us(begins), us(storm), us(recovery), us(world.end)),
        ALERT_PATHS,
        faults(draw, world),
        tuple(doubts) if draw(st.booleans()) else (),
        lag_us=draw(st.sampled_from([0, 0, us(0.5)])),
        cut_short=draw(st.integers(0, 9)) == 0,
        reading_way=READING_WAY,
    )
