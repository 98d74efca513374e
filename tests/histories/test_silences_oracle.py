"""What blind and silent mean, against a brute-force oracle that walks every second."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from deadair.rules.blindness import NEVER_US, Standstill, limit_us
from deadair.rules.silences import Silence, silences
from tests.histories.ops import BOTH, Row, alarm, clear, evidence, measured, shows, us

END = 240
"""Seconds: the property tests use T = 40 s and L = 15 s, so that much happens in few steps."""


def second(at: int) -> float:
    return at / 60


@st.composite
def screens(draw: st.DrawFn) -> list[Row]:
    """Draw readings, each shown once, some after a delay and out of order, some never made by a device."""
    rows: list[Row] = []
    flickers = draw(st.booleans())  # each reading is seen for a moment, when it is almost as old as T
    least, most = (12, 24) if flickers else (0, 12)
    for at in draw(st.lists(st.integers(0, END), min_size=least, max_size=most, unique=True)):
        shown = at + draw(st.integers(36, 39) if flickers else st.integers(0, 60))
        invented = draw(st.booleans()) and draw(st.booleans())
        style = draw(st.sampled_from(["current", "old"]))
        rows += [] if invented else [measured(second(at))]
        rows.append(shows(second(shown), second(at), style=style))
    return rows


def oracle(rows: list[Row]) -> list[int]:
    """Return every second at which the phone is blind, by the definition alone."""
    made = {row["measured_us"] for row in rows if row["kind"] == "measured"}
    shown = [
        (row["at_us"], row["measured_us"]) for row in rows if row["kind"] == "screen" and row["measured_us"] in made
    ]
    found = []
    for at in range(END + 1):
        visible = max([of for when, of in shown if when <= us(second(at))], default=0)
        if us(second(at)) >= max(0, visible) + us(second(40)):
            found.append(at)
    return found


@settings(max_examples=150, deadline=None)
@given(rows=screens())
def test_blind_stretches_are_what_the_definition_says_at_every_second(rows: list[Row]) -> None:
    seen = evidence(rows, delay=second(40), end=second(END))
    walked = [at for at in range(END + 1) if any(b.touches(us(second(at)), us(second(at))) for b in seen.blind[1])]
    assert walked == oracle(rows)


def limit_by_walking(at: int, silence: Silence, blind: set[int]) -> int:
    """Return the second at which the phone has been blind for 15 of them; once the silence is over, each counts."""
    over = us(second(END)) if silence.until_us is None else silence.until_us
    left = 15
    while left:
        left -= at in blind or us(second(at)) >= over
        at += 1
    return at


@settings(max_examples=400, deadline=None)
@given(
    rows=screens(),
    alarms=st.lists(st.integers(40, 60) | st.integers(0, END), max_size=4),  # the first onset is 40, where none is seen
    clears=st.lists(st.integers(45, 75) | st.integers(0, END), max_size=4),
)
def test_silences_are_apart_and_each_is_held_violated_or_excused_for_a_reason(
    rows: list[Row], alarms: list[int], clears: list[int]
) -> None:
    presented = [alarm(second(at)) for at in alarms] + [clear(second(at)) for at in clears]
    seen = evidence(rows, presented, delay=second(40), end=second(END))
    found, blind = silences(seen, us(second(15))), set(oracle(rows))
    before = 0
    for silence in found:
        limit = us(second(limit_by_walking(round(silence.onset_us / us(second(1))), silence, blind)))
        until = NEVER_US if silence.until_us is None else silence.until_us
        told = False
        for begun in (us(second(at)) for at in alarms if us(second(at)) >= before):
            cleared = min((us(second(at)) for at in clears if us(second(at)) >= begun), default=NEVER_US)
            told = told or (begun <= min(limit, until) and cleared > max(begun, silence.onset_us))
        missed = False
        for stretch in seen.blind[1]:
            due = us(second(limit_by_walking(round(stretch.onset_us / us(second(1))), silence, blind)))
            again = silence.onset_us < stretch.onset_us < until and until >= due and due <= us(second(END))
            if again and not any(
                t.from_us <= due and (t.until_us or NEVER_US) > stretch.onset_us for t in silence.notifications
            ):
                missed = True
        expected = "held" if told and not missed else "violated" if until >= limit else "excused"
        assert silence.state(BOTH) == ("excused" if limit > us(second(END)) else expected)
        before = until
    for earlier, later in pairwise(found):
        assert earlier.until_us is not None
        assert later.onset_us - earlier.until_us >= us(second(15))
    for at in oracle(rows):
        covering = [
            s for s in found if s.onset_us <= us(second(at)) and (s.until_us is None or us(second(at)) < s.until_us)
        ]
        assert len(covering) == 1


@settings(max_examples=150, deadline=None)
@given(
    onset=st.integers(0, 60),
    within=st.integers(1, 30),
    cuts=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=4),
)
def test_the_limit_is_when_l_reachable_seconds_have_passed(
    onset: int, within: int, cuts: list[tuple[int, int]]
) -> None:
    pauses = [Standstill(us(begin), us(begin + lasts)) for begin, lasts in cuts]
    at, left = onset, within
    while left:
        left -= not any(begin <= at < begin + lasts for begin, lasts in cuts)
        at += 1
    assert limit_us(us(onset), us(within), pauses) == us(at)
