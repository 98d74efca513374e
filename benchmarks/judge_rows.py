"""How long it takes, and how much memory, to judge a history of a million rows: `python benchmarks/judge_rows.py`.

Writes one synthetic night into a temporary folder (a fleet of 2,500 devices and 5,000 phones, a tenth of them cut
off for a while, everybody told in time), judges it three times, each in a process of its own, and prints medians.
Nobody looked at that fault's signature, so the verdict is unknown; every case is judged all the same.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from harness.history.reader import seal
from harness.history.rows import SCHEMA, Kind
from harness.judge import judge
from harness.model.clock import RunClock
from harness.model.environment import Environment
from harness.model.judgement import Subject
from harness.model.roster import Device, Phone, Roster
from harness.model.run_folder import RunFolder

RUNS = 3
DEVICES = 2_500
READINGS = 58
"""Of each device, one each 5 minutes."""
MINUTE_US = 60_000_000
CUT_READINGS = range(12, 24)
END_MINUTE = READINGS * 5
SCENARIO = f"""\
name: million-rows
why: A synthetic night, to measure how fast it is judged.
target: {{name: reference}}
seed: 1
speed: 60
fleet: {{devices: {DEVICES}, followers_per_device: 2, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
  cohorts: {{south: 10%}}}}
phases: {{warm_up: 60m, storm: 120m, recovery: {END_MINUTE - 180}m}}
timeline:
  - {{at: 0m, lasts: 60m, where: "uplink[south]", fault: {{kind: partition}}}}
checks:
  - {{kind: no_data_deadline, within: 5m}}
  - {{kind: no_false_alarm}}
  - {{kind: nothing_lost}}
  - {{kind: shows_age}}
  - {{kind: recovers, within: 20m}}
  - {{kind: status_published, within: 15m}}
"""


def main() -> None:
    """Build it, judge it, print."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        rows = build(folder)
        runs = [measure(folder) for _ in range(RUNS)]
    seconds = statistics.median(run["seconds"] for run in runs)
    megabytes = statistics.median(run["megabytes"] for run in runs)
    sys.stdout.write(
        f"judge {rows:,} rows: {seconds:.2f} s, {megabytes:.0f} MB at most (median of {RUNS}); "
        f"{runs[0]['judged']:,} cases judged, {runs[0]['violations']} violated\n"
    )


def measure(folder: RunFolder) -> dict[str, Any]:
    """Judge the folder in a process of its own."""
    command = [sys.executable, __file__, "judge", str(folder.root)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120)
    return dict(json.loads(done.stdout))


def judge_once(folder: RunFolder) -> None:
    """Judge, and print what it took as JSON; importing the judge is not counted."""
    clock = RunClock.starting_now(speed=1.0)
    judgement = judge(folder)
    took = {
        "seconds": clock.now_us() / 1e6,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "judged": sum(finding.judged for finding in judgement.findings),
        "violations": sum(finding.violations for finding in judgement.findings),
    }
    sys.stdout.write(json.dumps(took))


def build(folder: RunFolder) -> int:
    """Write the run folder; return how many rows its history has."""
    folder.create()
    cohorts = ["south" if patient < DEVICES // 10 else "rest" for patient in range(DEVICES)]
    devices = tuple(Device(patient, cohort, f"d{patient}", 0.0) for patient, cohort in enumerate(cohorts))
    phones = tuple(
        Phone(2 * device.patient + n, device.patient, device.cohort, f"p{n}-{device.patient}", 0.0, 20 * MINUTE_US)
        for device in devices
        for n in range(2)
    )
    folder.scenario.write_text(SCENARIO)
    folder.roster.write_text(Roster(devices, phones).to_json())
    folder.environment.write_text(
        Environment(
            run_id="million-rows",
            engine="live",
            command="none",
            subject=Subject(version="1", command="none", configuration_sha256=""),
            clock={"epoch_wall_ns": 0, "epoch_mono_ns": 0, "speed": 60.0},
            recorders=("fleet", "runner"),
            wall_limit_s=1,
        ).model_dump_json()
    )
    runner = pl.concat([pl.DataFrame(list(_runner()), schema=_types()), *_stored()], how="diagonal")
    rows = _write(folder, "runner", runner) + _write(folder, "fleet", pl.concat(_fleet(), how="diagonal"))
    seal(folder.history)
    return rows


def _types() -> dict[str, pl.DataType]:
    empty = pl.DataFrame(pl.from_arrow(SCHEMA.empty_table()))
    return {name: kind for name, kind in empty.schema.items() if name != "seq"}


def _write(folder: RunFolder, who: str, rows: pl.DataFrame) -> int:
    beats = pl.DataFrame({"at_us": range(0, END_MINUTE * MINUTE_US + 1, MINUTE_US)}).with_columns(
        kind=pl.lit(str(Kind.HEARTBEAT)), value=pl.lit(0, dtype=pl.Int64)
    )
    closed = pl.DataFrame({"at_us": [END_MINUTE * MINUTE_US + 1], "kind": [str(Kind.CLOSED)]})
    whole = pl.concat([rows, beats, closed], how="diagonal").sort("at_us", maintain_order=True)
    whole = whole.with_row_index("seq")
    for name, kind in _types().items():
        if name not in whole.columns:
            whole = whole.with_columns(pl.lit(None, dtype=kind).alias(name))
    table = whole.select(SCHEMA.names).to_arrow().cast(SCHEMA)
    with pa.ipc.new_stream(folder.history / f"{who}.arrow", SCHEMA) as stream:
        for batch in table.to_batches(max_chunksize=20_000):
            stream.write_batch(batch)
    return whole.height


def _readings() -> pl.DataFrame:
    """Every reading of every device: patient, round, measured_us, and when it got through."""
    patients = pl.DataFrame({"patient": range(DEVICES)}, schema={"patient": pl.Int32})
    rounds = pl.DataFrame({"round": range(READINGS)})
    healed_us = (CUT_READINGS.stop * 5) * MINUTE_US
    cut = (pl.col("patient") < DEVICES // 10) & pl.col("round").is_between(CUT_READINGS.start, CUT_READINGS.stop - 1)
    jitter_us = pl.col("patient") * 50_000
    return (
        patients.join(rounds, how="cross")
        .with_columns(measured_us=pl.col("round") * 5 * MINUTE_US, value=pl.lit(100, dtype=pl.Int64))
        .with_columns(through_us=pl.when(cut).then(healed_us).otherwise(pl.col("measured_us")) + jitter_us, cut=cut)
    )


def _fleet() -> Iterator[pl.DataFrame]:
    readings = _readings()
    reading = ["patient", "measured_us", "value"]
    yield readings.select(*reading, at_us="measured_us", kind=pl.lit(str(Kind.MEASURED)))
    through = pl.col("through_us")
    yield readings.select(
        *reading, at_us=through, intended_us=through, sent_us=through,
        kind=pl.lit(str(Kind.UPLOAD)), outcome=pl.lit("ok"),
    )  # fmt: skip
    both = pl.DataFrame({"n": [0, 1]}, schema={"n": pl.Int32})
    seen = readings.join(both, how="cross").with_columns(phone=pl.col("patient") * 2 + pl.col("n"))
    polled = pl.col("measured_us") + 2 * MINUTE_US
    yield seen.select(
        "phone", "patient", at_us=polled, intended_us=polled, sent_us=polled,
        kind=pl.lit(str(Kind.POLL)), outcome=pl.lit("ok"), place=pl.lit("downlink"),
    )  # fmt: skip
    yield seen.filter(~pl.col("cut")).select(
        "phone", *reading, at_us=through + MINUTE_US, kind=pl.lit(str(Kind.SCREEN)), detail=pl.lit("current")
    )
    south = seen.filter((pl.col("round") == CUT_READINGS.start) & pl.col("cut"))
    newest_us, healed_us = (CUT_READINGS.start - 1) * 5 * MINUTE_US, CUT_READINGS.stop * 5 * MINUTE_US
    aged = {"measured_us": pl.lit(newest_us), "value": pl.lit(100, dtype=pl.Int64)}
    onset_us = pl.lit(newest_us + 20 * MINUTE_US)
    yield south.select("phone", "patient", at_us=onset_us, kind=pl.lit("screen"), detail=pl.lit("old"), **aged)
    told = {"at_us": onset_us + pl.col("phone") * 100_000, "path": pl.lit("service_push")}
    yield south.select("phone", "patient", kind=pl.lit(str(Kind.ALARM)), measured_us=pl.lit(newest_us), **told)
    yield south.select(
        "phone", at_us=pl.lit(healed_us + 5 * MINUTE_US), kind=pl.lit(str(Kind.CLEAR)), detail=pl.lit("alarm")
    )


def _runner() -> Iterator[dict[str, object]]:
    for minute, phase in ((0, "warm_up"), (60, "storm"), (180, "recovery"), (END_MINUTE, "end")):
        yield {"at_us": minute * MINUTE_US, "kind": str(Kind.PHASE), "detail": phase}
    yield {"at_us": 59 * MINUTE_US, "kind": str(Kind.STEADY), "outcome": "ok"}
    for minute, event in ((60, "begin"), (60, "begun"), (120, "heal"), (120, "healed")):
        said = json.dumps({"id": "f1", "kind": "partition", "event": event})
        yield {"at_us": minute * MINUTE_US, "kind": str(Kind.FAULT), "detail": said}
    for minute in range(END_MINUTE):
        shown = "incident" if 80 <= minute < 130 else "clear"
        yield {"at_us": minute * MINUTE_US, "kind": str(Kind.STATUS), "outcome": "ok", "detail": shown}
        yield {"at_us": minute * MINUTE_US, "kind": str(Kind.BACKLOG), "outcome": "ok", "value": 3}


def _stored() -> Iterator[pl.DataFrame]:
    at_us = pl.lit(END_MINUTE * MINUTE_US)
    readings = _readings().filter(pl.col("through_us") < (END_MINUTE - 3) * MINUTE_US)
    yield _readings().select("patient", "measured_us", "value", at_us=at_us, kind=pl.lit(str(Kind.STORED)))
    yield (
        readings.group_by("patient", maintain_order=True)
        .agg(pl.lit(READINGS, dtype=pl.Int64).alias("value"), outcome=pl.lit("ok"))
        .with_columns(at_us=at_us, kind=pl.lit(str(Kind.STORED_PROBED)))
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["judge"]:
        judge_once(RunFolder(Path(sys.argv[2])))
    else:
        main()
