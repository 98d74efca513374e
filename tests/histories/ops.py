"""Small builders, so that a history reads as a table: one row a line, times in real-life minutes of the run.

One phone follows one patient of the same number; T is 20 min; the warm-up begins at 0.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from deadair.history.reader import History, no_rows
from deadair.history.rows import SCHEMA, Kind
from deadair.model.judgement import Finding
from deadair.model.place import Place
from deadair.model.roster import Device, Phone, Roster
from deadair.rules.evidence import Evidence, Moments, Stretch
from deadair.rules.fault_window import FaultWindow
from deadair.rules.reading_way import ReadingWay
from deadair.rules.silences import Silence, silences
from deadair.targets.catalogue import TARGETS

Row = dict[str, Any]
ALERT_PATHS = TARGETS["reference"].alert_paths
T = 20
READING_WAY = ReadingWay(
    TARGETS["reference"].reading_path,
    patience_us=0,
    reading_every_us=5 * 60_000_000,
    poll_every_us=2 * 60_000_000,
    calm_us=2 * 60_000_000,
    recovers_us=10 * 60_000_000,
)
"""A phone must show what was handed over within 5 minutes; a fault on the way excuses 10 minutes more."""


def us(minutes: float) -> int:
    return round(minutes * 60_000_000)


def op(who: str, kind: Kind, at: float, **columns: Any) -> Row:
    return {"who": who, "kind": str(kind), "at_us": us(at), **columns}


def measured(at: float, *, patient: int = 1, value: int = 100) -> Row:
    return op("fleet", Kind.MEASURED, at, patient=patient, measured_us=us(at), value=value)


def withheld(at: float, why: str = "gap", *, patient: int = 1) -> Row:
    """A device was due, and had no reading to hand in."""
    return op("fleet", Kind.WITHHELD, at, patient=patient, detail=why)


def shows(at: float, of: float | None, *, phone: int = 1, style: str = "current", value: int = 100) -> Row:
    """Say what a screen shows from now on: a reading measured at minute ``of``, or none at all."""
    reading = {} if of is None else {"measured_us": us(of), "value": value}
    return op("fleet", Kind.SCREEN, at, phone=phone, patient=phone, detail=style if reading else "blank", **reading)


def reads(*minutes: float, phone: int = 1, after: float = 0) -> list[Row]:
    """A device measures at these minutes, and its phone shows each reading ``after`` minutes."""
    return [row for at in minutes for row in (measured(at, patient=phone), shows(at + after, at, phone=phone))]


def hands_in(*minutes: float, value: int = 100, patient: int = 1, after: float = 0) -> list[Row]:
    """A device measures at these minutes, and each reading is acknowledged ``after`` minutes."""
    return [
        row
        for at in minutes
        for row in (
            measured(at, patient=patient, value=value),
            upload(at + after, at, patient=patient, value=value),
        )
    ]


def alarm(at: float, *, phone: int = 1, path: str = "service_push", speaks_of: float | None = None) -> Row:
    spoken = None if speaks_of is None else us(speaks_of)
    return op("fleet", Kind.ALARM, at, phone=phone, patient=phone, path=path, measured_us=spoken)


def notice(at: float, *, phone: int = 1, path: str = "sentinel_push") -> Row:
    return op("fleet", Kind.NOTICE, at, phone=phone, path=path)


def low(at: float, *, phone: int = 1, path: str = "service_push", speaks_of: float | None = None) -> Row:
    spoken = None if speaks_of is None else us(speaks_of)
    return op("fleet", Kind.LOW, at, phone=phone, patient=phone, path=path, measured_us=spoken)


def accepted(
    at: float, *, phone: int = 1, path: str = "service_push", outcome: str = "ok", says: str | None = None
) -> Row:
    return op("push-gateway", Kind.ACCEPTED, at, phone=phone, path=path, outcome=outcome, detail=says)


def pushes(rows: Iterable[Row]) -> list[Row]:
    """What the push gateway wrote down if each push that a phone presents was sent at that very moment."""
    told = [row for row in rows if row["kind"] in ("alarm", "notice") and row["path"].endswith("_push")]
    return [accepted(row["at_us"] / 6e7, phone=row["phone"], path=row["path"]) for row in told]


def clear(at: float, what: str = "alarm", *, phone: int = 1) -> Row:
    return op("fleet", Kind.CLEAR, at, phone=phone, detail=what)


def person(at: float, does: str, *, phone: int = 1, lasts: float = 0) -> Row:
    """What the phone's person does; ``lasts``: minutes of a snooze."""
    return op("fleet", Kind.PERSON, at, phone=phone, patient=phone, detail=does, value=round(lasts * 60))


def upload(
    at: float, of: float, *, patient: int = 1, outcome: str = "ok", detail: str | None = None, value: int = 100
) -> Row:
    times = {"intended_us": us(at), "sent_us": us(at)}
    reading = {"patient": patient, "measured_us": us(of), "value": value}
    return op("fleet", Kind.UPLOAD, at, outcome=outcome, detail=detail, **times, **reading)


def steady(at: float, missing: str | None = None) -> Row:
    """The storm may begin; or never will, and why."""
    return op("runner", Kind.STEADY, at, outcome="fail" if missing else "ok", detail=missing)


def poll(intended: float, sent: float | None = None, *, phone: int = 1) -> Row:
    began = intended if sent is None else sent
    times = {"intended_us": us(intended), "sent_us": us(began)}
    return op("fleet", Kind.POLL, began, phone=phone, patient=phone, outcome="ok", **times)


def stored(at: float, of: float, *, patient: int = 1, value: int = 100) -> Row:
    return op("runner", Kind.STORED, at, patient=patient, measured_us=us(of), value=value)


def probed(at: float, rows: int, *, patient: int = 1, outcome: str = "ok") -> Row:
    return op("runner", Kind.STORED_PROBED, at, patient=patient, outcome=outcome, value=rows)


def backlog(at: float, waiting: int | None) -> Row:
    return op("runner", Kind.BACKLOG, at, value=waiting)


def status(at: float, shown: str) -> Row:
    """``shown``: incident, clear, or unread when the page could not be read."""
    if shown == "unread":
        return op("fleet", Kind.STATUS, at, outcome="info")
    return op("fleet", Kind.STATUS, at, outcome="ok", detail=shown)


def entry(at: float, what: str, outcome: str, *, number: int = 1, due: float | None = None, took: float = 0) -> Row:
    """A try at the door; ``due``: from when on nothing may keep the right password out."""
    columns = {"sent_us": us(at - took), "intended_us": None if due is None else us(due), "value": number}
    return op("runner", Kind.ENTRY_TRIED, at, detail=what, outcome=outcome, **columns)


def beat(who: str, at: float, jumped_ms: int = 0) -> Row:
    return op(who, Kind.HEARTBEAT, at, value=jumped_ms)


def phase(at: float, name: str) -> Row:
    return op("runner", Kind.PHASE, at, detail=name)


def fault_step(at: float, fault_id: str, event: str, *, where: str = "uplink[south]") -> Row:
    detail = json.dumps({"id": fault_id, "kind": "cut", "event": event})
    return op("runner", Kind.FAULT, at, place=where, detail=detail)


def sample(at: float, fault_id: str, when: str, **facts: float) -> Row:
    detail = json.dumps({"id": fault_id, "when": when, "subject": "proxy", "facts": facts})
    return op("runner", Kind.SAMPLE, at, detail=detail)


def fault(where: str, begin: float, heal: float | None, *, fault_id: str = "f1", silences: bool = True) -> FaultWindow:
    healed = None if heal is None else us(heal)
    return FaultWindow(fault_id, "cut", Place.parse(where), us(begin), healed, silences)


def roster(phones: int = 1, *, cohort: str = "south", delay: float = T) -> Roster:
    devices = tuple(Device(n, cohort, f"device-{n}", 0.0) for n in range(1, phones + 1))
    followers = tuple(Phone(n, n, cohort, f"phone-{n}", 0.0, us(delay)) for n in range(1, phones + 1))
    return Roster(devices, followers)


def history(rows: Iterable[Row]) -> History:
    """Return a whole history of these rows, in the order that a reader gives them."""
    counts: dict[str, int] = defaultdict(int)
    numbered = []
    for row in rows:
        numbered.append({**row, "seq": counts[row["who"]]})
        counts[row["who"]] += 1
    frame = pl.DataFrame(numbered, schema=no_rows().schema).sort("at_us", "who", "seq")
    return History(frame, (), whole=True)


def evidence(
    *rows: Row | list[Row],
    phones: int = 1,
    delay: float = T,
    end: float = 90,
    faults: tuple[FaultWindow, ...] = (),
    doubt: tuple[float, float] | None = None,
    sent: list[Row] | None = None,
) -> Evidence:
    """Return what rules judge from: storm from minute 10 to 60, then recovery. ``sent``: instead of all pushes."""
    flat = [row for part in rows for row in (part if isinstance(part, list) else [part])]
    flat += pushes(flat) if sent is None else sent
    doubts = () if doubt is None else (Stretch(us(doubt[0]), us(doubt[1]), "the harness was not well"),)
    moments = Moments(0, us(10), us(60), us(end))
    return Evidence(
        history(flat), roster(phones, delay=delay), moments, ALERT_PATHS, faults, doubts, reading_way=READING_WAY
    )


def write_shards(folder: Path, rows: Iterable[Row], *, closed: bool = True) -> None:
    """Write the rows as the recorders' shards, each with its closing row."""
    folder.mkdir(parents=True, exist_ok=True)
    shards: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["at_us"])):
        shards[row["who"]].append(row)
    for who, own in shards.items():
        end = [op(who, Kind.CLOSED, own[-1]["at_us"] / 60_000_000)] if closed else []
        numbered = [{**row, "seq": seq} for seq, row in enumerate([*own, *end])]
        with pa.ipc.new_stream(folder / f"{who}.arrow", SCHEMA) as stream:
            stream.write_batch(pa.RecordBatch.from_pylist(numbered, schema=SCHEMA))


BOTH = ("service_push", "sentinel_push")
ALWAYS_FRESH = [row for at in range(0, 90, 5) for row in reads(at)]
BLIND_FROM_30 = [row for at in (0, 5, 10, 55, 60, 65, 70, 75, 80, 85, 90) for row in reads(at)]
"""Shows a reading of minute 10 until minute 55: blind from minute 30."""


def counts(finding: Finding) -> tuple[str, int, int, int, int]:
    """Return verdict, judged, violations, excused and suspected."""
    return (str(finding.verdict), finding.judged, finding.violations, finding.excused, finding.suspected)


def one(seen: Evidence) -> Silence:
    """Return the one silence that there is; L is 5 minutes."""
    (silence,) = silences(seen, us(5))
    return silence
