"""Draws what phones present, by a service that is good, late or forgetful, or by nobody at all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from deadair.history.rows import Kind
from deadair.model.roster import Phone
from tests.histories.ops import Row, op, us
from tests.oracle.worlds import World, at

PATHS = ("service_push", "sentinel_push", "phone_timer")
SAYS = {Kind.ALARM: "no_data", Kind.NOTICE: "notice", Kind.LOW: "low"}
"""The right kind of message for each."""


def served(draw: st.DrawFn, world: World, rows: list[Row]) -> list[Row]:
    """Draw what a service does that is good, late or forgetful: alarms of silences, again and again, and lows."""
    found: list[Row] = []
    repeats = draw(st.sampled_from([0, 1, 2, 4]))
    apart = draw(st.sampled_from([10, 15, 15, 20, 20.5]))
    late, cleared = draw(st.sampled_from([-1, 0, 2, 5, 5, 5.5])), draw(st.sampled_from([0, 1, 4.5, 5, 5.5, None]))
    path: str = draw(st.sampled_from([PATHS[0], *PATHS]))
    named = draw(st.booleans())
    for phone in world.phones:
        shown = [row for row in rows if row["kind"] == Kind.SCREEN and row["phone"] == phone.phone]
        seen_us = [row["measured_us"] for row in shown] or [0]
        delay = phone.no_data_after_us
        for earlier_us, later_us in pairwise([*seen_us, us(world.end) + delay]):
            onset, over = (max(0, earlier_us) + delay) / us(1), later_us / us(1)
            if onset >= over or not delay:
                continue
            world.moments.append(onset)
            world.onsets.append(onset)
            of_us = max(0, earlier_us) if named else None
            for place in range(repeats + 1):
                found += _presents(phone, Kind.ALARM, path, onset + late + place * apart, of_us)
            if cleared is not None:
                found.append(op("fleet", Kind.CLEAR, over + cleared, phone=phone.phone, detail="alarm"))
        lows = [row for row in shown if row["value"] <= 55]
        for row in lows[:: draw(st.sampled_from([1, 1, 3, 6, 7]))]:
            found += _presents(phone, Kind.LOW, path, row["at_us"] / us(1) + max(0, late), row["measured_us"])
    return found


def _presents(phone: Phone, kind: Kind, path: str, minute: float, measured_us: int | None) -> list[Row]:
    row = op("fleet", kind, minute, phone=phone.phone, patient=phone.patient, path=path, measured_us=measured_us)
    return [row, _taken(minute, phone.phone, path, SAYS[kind], measured_us)]


def presented(draw: st.DrawFn, world: World) -> list[Row]:
    """Draw what phones present, and what the push gateway took."""
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 8))):
        phone = draw(st.sampled_from(world.phones))
        kind = draw(st.sampled_from([Kind.ALARM, Kind.ALARM, Kind.ALARM, Kind.NOTICE, Kind.LOW]))
        path: str = draw(st.sampled_from(PATHS))
        minute = at(draw, world)
        world.moments.append(minute)
        speaks_of = draw(st.sampled_from([None, None, -40, -25, -20, -10, -5, 0])) if kind != Kind.NOTICE else None
        measured_us = None if speaks_of is None else us(minute + speaks_of)
        row = op("fleet", kind, minute, phone=phone.phone, patient=phone.patient, path=path, measured_us=measured_us)
        rows += [row] * draw(st.sampled_from([1, 1, 1, 3]))
        if draw(st.booleans()):
            what = draw(st.sampled_from([kind, kind, Kind.ALARM]))
            rows.append(op("fleet", Kind.CLEAR, at(draw, world), phone=phone.phone, detail=str(what)))
        if draw(st.integers(0, 4)):
            right = SAYS[kind]
            says = draw(st.sampled_from([right, right, None, "clear", "notice"]))
            taken = minute + draw(st.sampled_from([0, 0, -1, -21, 1, 1.5]))
            rows.append(_taken(taken, phone.phone, path, says, measured_us))
    for _ in range(draw(st.sampled_from([0, 0, 3]))):
        phone, minute = draw(st.sampled_from(world.phones)), at(draw, world)
        rows.append(_taken(minute, phone.phone, draw(st.sampled_from([*PATHS, None])), "clear", us(minute - 5)))
    return rows


def _taken(minute: float, phone: int, path: str | None, says: str | None, measured_us: int | None) -> Row:
    said: dict[str, Any] = {"phone": phone, "path": path, "detail": says, "measured_us": measured_us}
    return op("push-gateway", Kind.ACCEPTED, max(0.0, minute), outcome="ok", **said)
