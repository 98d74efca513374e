"""Draws what followers do with their phones: mostly while something rings on them."""

from __future__ import annotations

from hypothesis import strategies as st

from deadair.history.rows import Kind
from tests.histories.ops import Row, op, us
from tests.oracle.worlds import World, at


def people(draw: st.DrawFn, world: World, rows: list[Row]) -> list[Row]:
    """Draw acknowledgements and snoozes, and an app that is opened now and then."""
    rings = [row for row in rows if row["kind"] in (Kind.ALARM, Kind.LOW)]
    found: list[Row] = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 4]))):
        whose = draw(st.sampled_from(world.phones))
        phone, minute = whose.phone, at(draw, world)
        at_an_alarm: bool = draw(st.sampled_from([True, True, True, False]))
        if rings and at_an_alarm:
            rung: Row = draw(st.sampled_from(rings))
            phone, minute = rung["phone"], rung["at_us"] / us(1) + draw(st.sampled_from([0, 0.5, 1, 4, 5, 5.5, 15, 20]))
        does = draw(st.sampled_from(["acknowledge", "snooze", "snooze", "open_app", "follow_ended"]))
        lasts = draw(st.sampled_from([0, 30, 300, 600, 900, 1800]))
        found.append(op("fleet", Kind.PERSON, minute, phone=phone, patient=phone, detail=does, value=lasts))
        if draw(st.booleans()):
            what = draw(st.sampled_from(["alarm", "low"]))
            found.append(op("fleet", Kind.CLEAR, minute, phone=phone, detail=what))
        world.moments.append(minute)
    return found
