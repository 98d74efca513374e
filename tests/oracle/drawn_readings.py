"""Draws what devices measure, hand over and get shown, and what goes wrong with that."""

from __future__ import annotations

from hypothesis import strategies as st

from deadair.history.rows import Kind
from tests.histories.ops import Row, op, us
from tests.oracle.worlds import OFFSETS, World, at

OF_READINGS = (Kind.MEASURED, Kind.UPLOAD, Kind.SCREEN)


def readings(draw: st.DrawFn, world: World) -> list[Row]:
    """Draw what devices measure, hand over and get shown, with gaps."""
    rows: list[Row] = []
    for patient in world.patients:
        every = draw(st.sampled_from([2, 5, 5, 10]))
        gaps = draw(st.lists(st.tuples(st.integers(0, 100), st.integers(5, 90)), max_size=2))
        seen = draw(st.sampled_from([0, 0, 0.5, 2, 6, 18, 19.5]))  # the last: seen for a moment, when almost too old
        acked = draw(st.sampled_from([0, 0, 0.5, 2, 9.5]))
        shared = draw(st.booleans())  # stamped at the same moments as another patient's
        says_so = draw(st.booleans())  # its gaps are its own doing
        lows = draw(st.sampled_from([(100,), (100,), (50,), (39, 55, 56, 100), (38, 45)]))
        world.moments.extend(edge for begin, lasts in gaps for edge in (begin, begin + lasts))
        first = draw(st.sampled_from([-3, 0, 1])) + (0 if shared else patient / 2)
        for place in range(int((world.end - first) // every) + 1):
            of = first + place * every
            if any(begin <= of < begin + lasts for begin, lasts in gaps):
                if says_so:
                    rows.append(op("fleet", Kind.WITHHELD, of, patient=patient, detail="gap"))
                continue
            value = lows[place % len(lows)]
            reading = {"patient": patient, "measured_us": us(of), "value": value}
            rows.append(op("fleet", Kind.MEASURED, of, **reading))
            rows.append(op("fleet", Kind.UPLOAD, of + acked, outcome="ok", sent_us=us(of), **reading))
            for phone in world.phones:
                if phone.patient == patient:
                    screen = {**reading, "phone": phone.phone, "detail": "current"}
                    rows.append(op("fleet", Kind.SCREEN, of + seen, **screen))
    return rows


def polls(draw: st.DrawFn, world: World) -> list[Row]:
    """Draw when phones poll for the first time, of those that do at all, and whether they are answered."""
    rows: list[Row] = []
    for phone in world.phones:
        for minute in sorted(draw(st.lists(st.integers(0, 40), max_size=3))):
            outcome = draw(st.sampled_from(["ok", "ok", "info"]))
            rows.append(op("fleet", Kind.POLL, minute, phone=phone.phone, patient=phone.patient, outcome=outcome))
    return rows


def weird(draw: st.DrawFn, world: World, rows: list[Row]) -> list[Row]:
    """Draw what a device, a service or an app gets wrong: rows that are lost, late, twice, of others, or of nobody."""
    rows = list(rows)
    for _ in range(draw(st.sampled_from([0, 0, 1, 3, 6])) if rows else 0):
        row = dict(draw(st.sampled_from(rows)))
        what = draw(st.integers(0, 7))
        if what == 0:
            rows = [other for other in rows if other != row]
        elif what == 1:
            row["at_us"] += us(draw(st.sampled_from(OFFSETS)))
            rows.append(row)
        elif what == 2 and row["kind"] == Kind.SCREEN:
            rows.append({**row, "detail": draw(st.sampled_from(["old", "current"])), "at_us": us(at(draw, world))})
        elif what == 3 and row["kind"] == Kind.SCREEN:
            blank = {"measured_us": None, "value": None, "detail": "blank"}
            rows.append({**row, **blank, "at_us": us(at(draw, world))})
        elif what == 4 and row["kind"] in OF_READINGS:
            rows.append({**row, "value": draw(st.sampled_from([38, 39, 55, 56, 120]))})
        elif what == 5 and row["kind"] in OF_READINGS:
            rows.append({**row, "patient": draw(st.sampled_from(world.patients))})
        elif what == 6 and row["kind"] in OF_READINGS:
            rows.append({**row, "measured_us": row["measured_us"] + us(draw(st.sampled_from(OFFSETS)))})
        elif row["kind"] == Kind.MEASURED:
            rows.append(op("fleet", Kind.WITHHELD, row["at_us"] / us(1), patient=row["patient"], detail="late"))
        elif row["kind"] == Kind.UPLOAD:
            said = draw(st.sampled_from([("info", None), ("fail", "duplicate"), ("fail", "duplicate")]))
            rows = [{**row, "outcome": said[0], "detail": said[1]} if other == row else other for other in rows]
    return rows
