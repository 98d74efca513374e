"""Following one phone: whose numbers are whose, the chain in its order, and what is asked for."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import altair
import pyarrow as pa
import pytest

from deadair.engines.simulated.phone_tracing import Ear, Followed, HeardStep, join
from deadair.history.reader import History, of_memory
from deadair.history.rows import SCHEMA, Kind
from deadair.model.clock import RunClock
from deadair.model.errors import ScenarioError
from deadair.model.phone_trace import PhoneTrace, TraceStep, Wish, wish_of
from deadair.model.roster import Phone
from deadair.reporting.plots.canvas import NARROW, WIDE, Sheet
from deadair.reporting.plots.sequence import sequence
from deadair.reporting.trace_table import STEPS_MAX, left_out, print_trace, trace_rows
from deadair.targets.catalogue import TARGETS

CLOCK = RunClock(epoch_wall_ns=1000 * 10**9, epoch_mono_ns=0, speed=1.0)
PHONE = Phone(17, 8, "south", "phone-17", 0.5, 600_000_000)
NODES = ("sentinel", "archive", "watchdog", "notifier", "processor", "gateway")
REFERENCE = TARGETS["reference"]
FOLLOWED = Followed(PHONE, NODES, REFERENCE.way, REFERENCE.alert_paths)
STORM_S = 100


class StoppedClock(RunClock):
    """A clock that the test sets."""

    at_s = 0

    def now_us(self) -> int:
        return type(self).at_s * 1_000_000


def ear() -> Ear:
    return Ear(FOLLOWED, StoppedClock(CLOCK.epoch_wall_ns, 0, 1.0))


Facts = dict[str, float | str]


def told(*events: tuple[str, str, Facts]) -> list[tuple[str, Facts]]:
    listening = ear()
    for node, event, facts in events:
        listening(node, event, facts)
    return [(one.event, dict(one.facts)) for one in listening.heard]


def timer(follow: int) -> tuple[str, str, Facts]:
    return "watchdog", "timer", {"follow": follow, "onset_s": 1200, "measured_s": 1100}


FOLLOW: tuple[str, str, Facts] = ("gateway", "follow", {"follow": 5, "token": "phone-token-17", "account": 93})


def test_the_follow_with_the_phones_token_tells_its_numbers() -> None:
    mine = told(
        FOLLOW,
        ("gateway", "inbox", {"account": 93, "measured_s": 1100}),
        ("processor", "stored", {"account": 17, "measured_s": 1100}),
        timer(5),
        timer(17),
    )
    assert [event for event, _ in mine] == ["follow", "inbox", "timer"]


def test_another_follower_of_the_same_patient_is_not_this_phone() -> None:
    other: Facts = {"follow": 6, "token": "phone-token-18", "account": 93}
    assert [event for event, _ in told(FOLLOW, ("gateway", "follow", other))] == ["follow"]


def test_what_was_told_before_the_follow_is_not_lost() -> None:
    mine = told(("gateway", "inbox", {"account": 93}), ("gateway", "inbox", {"account": 4}), FOLLOW)
    assert [facts["account"] for _, facts in mine] == [93, 93]


def test_a_phone_that_follows_anew_keeps_both_numbers() -> None:
    again: Facts = {"follow": 9, "token": "phone-token-17", "account": 93}
    mine = told(FOLLOW, ("gateway", "follow", again), timer(5), timer(9), timer(7))
    assert [facts["follow"] for _, facts in mine] == [5, 9, 5, 9]


def history(*rows: dict[str, Any]) -> History:
    storm = {"at_us": STORM_S * 10**6, "kind": str(Kind.PHASE), "detail": "storm"}
    whole = [{**row, "seq": number} for number, row in enumerate([storm, *rows])]
    return of_memory({"fleet": pa.Table.from_pylist(whole, schema=SCHEMA)})


def row(kind: Kind, at_s: float, **columns: Any) -> dict[str, Any]:
    return {"at_us": round((STORM_S + at_s) * 1e6), "kind": str(kind), **columns}


def heard(node: str, event: str, at_s: float, **facts: float | str) -> HeardStep:
    return HeardStep(round((STORM_S + at_s) * 1e6), node, event, facts)


def us(at_s: float) -> int:
    return round((STORM_S + at_s) * 1e6)


MEASURED = {"patient": 8, "measured_us": us(10), "value": 120}
WAY = history(
    row(Kind.MEASURED, 10, **MEASURED),
    row(Kind.UPLOAD, 14, **MEASURED, sent_us=us(11), outcome="ok"),
    row(Kind.POLL, 21, phone=17, patient=8, sent_us=us(20), outcome="ok"),
    row(Kind.SCREEN, 21, phone=17, patient=8, measured_us=us(10), value=120, detail="current"),
    row(Kind.ACCEPTED, 621, phone=17, path="service_push", outcome="ok", detail="no_data"),
    row(Kind.PUSH, 622, phone=17, path="service_push", patient=8, detail="presented"),
    row(Kind.ALARM, 622, phone=17, patient=8, path="service_push", measured_us=us(10)),
    row(Kind.CLEAR, 700, phone=17, patient=8, detail="alarm"),
    row(Kind.SCREEN, 30, phone=16, patient=8, measured_us=us(10), value=120, detail="old"),
    row(Kind.MEASURED, 40, patient=17, measured_us=us(40), value=99),
)
STAMP_S = 1000.0 + STORM_S + 10
NOTES = (
    heard("gateway", "inbox", 12, account=93, measured_s=STAMP_S),
    heard("processor", "stored", 13, account=93, measured_s=STAMP_S),
    heard("watchdog", "confirmed", 40, follow=5, measured_s=STAMP_S),
    heard("watchdog", "timer", 620, follow=5, onset_s=STAMP_S + 600, measured_s=STAMP_S),
    heard("watchdog", "outbox", 620, follow=5, measured_s=STAMP_S),
    heard("notifier", "pushed", 621, follow=5, measured_s=STAMP_S),
)


def joined(until_s: float | None = None) -> PhoneTrace:
    return join(NOTES, WAY, replace(FOLLOWED, until_s=until_s), CLOCK)


def test_the_chain_stands_in_its_order() -> None:
    assert [(step.where, step.what) for step in joined().steps] == [
        ("device", "measured"), ("device", "uploaded"), ("gateway", "inbox"), ("processor", "stored"),
        ("phone", "poll"), ("phone", "shown"), ("watchdog", "confirmed"), ("watchdog", "timer"),
        ("watchdog", "outbox"), ("push gateway", "taken"), ("notifier", "pushed"), ("phone", "push"),
        ("phone", "presented"), ("phone", "cleared"),
    ]  # fmt: skip


def test_moments_count_from_the_storm_and_a_reading_has_its_age() -> None:
    uploaded, inbox = joined().steps[1:3]
    assert (uploaded.at_s, uploaded.detail) == (11, "answered after 3 s")
    assert (inbox.at_s, inbox.measured_s, inbox.age_s) == (12, 10, 2)


def test_a_follow_that_never_confirmed_anything_has_no_reading() -> None:
    trace = join([heard("watchdog", "timer", 5, follow=5, measured_s=0.0)], history(), FOLLOWED, CLOCK)
    assert trace.steps[0].age_s is None


def test_a_trace_ends_where_it_is_asked_to() -> None:
    assert [step.what for step in joined(12.0).steps] == ["measured", "uploaded", "inbox"]


def test_a_request_without_an_answer_says_so() -> None:
    lost = history(row(Kind.POLL, 60, phone=17, patient=8, sent_us=us(0), outcome="info"))
    assert join([], lost, FOLLOWED, CLOCK).steps[0].detail == "NO ANSWER after 60 s"


@pytest.mark.parametrize(
    ("until", "seconds"), [(None, None), ("02:13", 7980), ("133m", 7980), ("66:00", 237600), ("90s", 90)]
)
def test_what_is_wished_for_is_read(until: str | None, seconds: float | None) -> None:
    assert wish_of("phone=17", until) == Wish(17, seconds)


@pytest.mark.parametrize(
    ("trace", "until", "said"),
    [
        ("17", None, "write --trace phone=17"),
        ("phone=", None, "names no phone"),
        ("phone=-1", None, "names no phone"),
        ("device=3", None, "names no phone"),
        ("phone=1", "2:61", "is no time"),
        ("phone=1", "soon", "such as 02:13"),
        ("phone=1", "-5m", "is no time"),
        (None, "02:13", "add --trace phone=N"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused(trace: str | None, until: str | None, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        wish_of(trace, until)


def long(steps: int) -> PhoneTrace:
    marks = tuple(TraceStep(at_s=n, where="device", what="measured") for n in range(steps))
    return PhoneTrace(phone=1, patient=1, lanes=("device",), steps=marks)


def test_a_long_trace_shows_its_end_and_says_how_much_is_left_out() -> None:
    trace = long(STEPS_MAX + 7)
    assert trace_rows(trace)[-1][0] == "00:05:06"
    assert len(trace_rows(trace)) == STEPS_MAX
    assert left_out(trace) == "7 earlier steps: see trace.json"
    assert left_out(long(STEPS_MAX)) == ""


def test_the_table_is_plain_text_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    print_trace(joined(), out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "phone 17, following patient 8: 14 steps"
    assert lines[4].split() == ["00:00:12", "gateway", "inbox", "00:00:10", "2", "s"]
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
def test_the_picture_has_a_mark_for_each_step_and_an_arrow_for_each_message(sheet: Sheet) -> None:
    trace = joined()
    spec = sequence(trace, sheet)
    altair.LayerChart.from_dict(spec)
    named: dict[str, list[dict[str, Any]]] = spec.get("datasets", {})
    layers = [layer["data"].get("values", named.get(layer["data"].get("name", ""), [])) for layer in spec["layer"]]
    assert len(layers[1]) == sum(bool(step.source) for step in trace.steps)
    assert len(layers[4]) + len(layers[5]) == len(trace.steps)
    assert len(layers[6]) == len(trace.lanes)


def test_a_place_where_nothing_happened_has_its_lane_too_in_the_order_of_the_way() -> None:
    assert joined(12.0).lanes == (
        "device", "gateway", "processor", "watchdog", "notifier", "sentinel", "archive", "push gateway", "phone",
    )  # fmt: skip
