"""Draws what the harness asked for: the status page, the backlog, what is stored."""

from __future__ import annotations

from hypothesis import strategies as st

from deadair.history.rows import Kind
from tests.histories.ops import Row, entry, op
from tests.oracle.worlds import World, at

TRIES = ("wrong_password", "made_up_session", "others_patient", "right_password", "own_session", "right_password")


def looked_at(draw: st.DrawFn, world: World) -> list[Row]:
    """Draw what was asked: the status page, the backlog, and whether the storm could begin."""
    rows: list[Row] = []
    if draw(st.booleans()):
        page_shows = st.sampled_from(["clear", "clear", "incident", "incident", None])
        pages = draw(st.lists(page_shows, min_size=1, max_size=8))
        every, lasts = draw(st.sampled_from([2, 3, 5])), draw(st.sampled_from([4, 8, 15, 20]))
        for minute in range(0, round(world.end) + 3, every):
            page = pages[min(minute // lasts, len(pages) - 1)]
            rows.append(op("fleet", Kind.STATUS, minute, outcome="ok" if page else "info", detail=page))
    if draw(st.booleans()):
        waiting = draw(st.lists(st.sampled_from([0, 3, 14, 20, None]), min_size=1, max_size=10))
        every = draw(st.sampled_from([1, 3, 7]))
        for place, minute in enumerate(range(0, round(world.end), every)):
            rows.append(op("runner", Kind.BACKLOG, minute, value=waiting[place % len(waiting)]))
    if draw(st.integers(0, 3)) == 0:
        rows.append(op("runner", Kind.STEADY, draw(st.integers(5, 20)), outcome="fail"))
    return rows


def tried(draw: st.DrawFn, world: World) -> list[Row]:
    """Draw rounds of tries at the door."""
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        begin = at(draw, world)
        what = draw(st.lists(st.sampled_from(TRIES), min_size=1, max_size=6))
        right = ["right_password", "own_session"] if draw(st.booleans()) else []
        for place, one in enumerate([*right, *what]):
            outcomes = ["let_in"] if place < len(right) else ["kept_out", "kept_out", "let_in", "info"]
            columns = (
                {"due": begin + draw(st.sampled_from([-10, -2, -1.5, -1, 0, 5]))} if one == "right_password" else {}
            )
            ends, took = begin + place / 2, draw(st.sampled_from([0, 0.5, 2]))
            rows.append(entry(ends, one, draw(st.sampled_from(outcomes)), number=number, took=took, **columns))
    return rows


def stored(draw: st.DrawFn, world: World, rows: list[Row]) -> list[Row]:
    """Draw what the store answers for each patient: what was acknowledged, more or less."""
    found: list[Row] = []
    for patient in world.patients:
        times = draw(st.sampled_from([0, 1, 1, 2]))
        acked = {
            (row["measured_us"], row["value"])
            for row in rows
            if row["kind"] == Kind.UPLOAD and row["patient"] == patient and row["outcome"] == "ok"
        }
        wrong = draw(st.sampled_from(["", "", "", "", "", "lost", "twice", "changed", "uncounted"]))
        for place in range(times):
            minute = world.end - draw(st.sampled_from([0, 1, 2, 2.5]))
            kept = sorted(acked)[1:] if wrong == "lost" else sorted(acked)
            kept += kept[:1] if wrong == "twice" else []
            for measured_us, value in kept:
                changed = {"measured_us": measured_us, "value": value + (wrong == "changed" and place == 0)}
                found.append(op("runner", Kind.STORED, minute, patient=patient, **changed))
            outcome = draw(st.sampled_from(["ok", "ok", "ok", "ok", "ok", "fail"]))
            number = len(kept) + (wrong == "uncounted")
            found.append(op("runner", Kind.STORED_PROBED, minute, patient=patient, outcome=outcome, value=number))
    return found
